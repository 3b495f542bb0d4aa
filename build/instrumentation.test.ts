import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { FAMILIES } from '../src/ingest/formats/families/index.ts'
import openapi from './openapi.json' with { type: 'json' }

/** What `docs/instrumentation.md` states as facts. */
const root = path.resolve(import.meta.dirname, '..')
const text = readFileSync(path.join(root, 'docs/instrumentation.md'), 'utf8')
const rows = [...text.matchAll(/^\| \d+ +\| `([\w-]+)` +\| (.*) \| (.*) \|$/gm)].map(
  ([, name = '', what = '', shown = '']) => ({ name, what, shown }),
)
const posts = new Set(Object.entries(openapi.paths).flatMap(([at, methods]) => ('post' in methods ? [at] : [])))
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code)

describe('the list of families', () => {
  it('is that of the table, in its order', () => {
    expect(rows.map(({ name }) => name)).toEqual(FAMILIES.map(({ name }) => name))
  })

  it('gives each a section with a set-up', () => {
    const headings = new Map(
      [...text.matchAll(/^## (.*)$/gm)].map(([line, title = '']) => [
        title.toLowerCase().replaceAll(' ', '-'),
        text.indexOf(line),
      ]),
    )
    for (const { name, what } of rows.filter((row) => row.name !== 'common')) {
      const [, anchor = ''] = /\]\(#([\w-]+)\)/.exec(what) ?? []
      expect(headings.has(anchor), name).toBe(true)
      const from = headings.get(anchor) ?? 0
      const end = text.indexOf('\n## ', from + 1)
      expect(text.slice(from, end < 0 ? undefined : end), name).toContain('```')
    }
  })

  it('names the versions that were recorded', () => {
    const dir = path.join(root, 'fixtures/otlp')
    const recorded = new Map<string, Set<string>>()
    for (const file of readdirSync(dir).filter((name) => name.endsWith('.versions.json'))) {
      for (const [name, version] of Object.entries(
        JSON.parse(readFileSync(path.join(dir, file), 'utf8')) as Record<string, string>,
      )) {
        const known = recorded.get(name.replace(/^ai-\d$/, 'ai')) ?? new Set()
        recorded.set(name.replace(/^ai-\d$/, 'ai'), known.add(version))
      }
    }
    const named = rows.flatMap(({ shown }) =>
      [...shown.matchAll(/(@?[a-z][\w/@-]*) (\d+\.\d[\w.]*)/g)].map(
        ([, name = '', version = '']) => [name, version] as const,
      ),
    )
    expect(named.length).toBeGreaterThan(20)
    for (const [name, version] of named) expect([...(recorded.get(name) ?? [])], name).toContain(version)
  })

  it('has a fixture with its expected trace for each', () => {
    const recordings = readdirSync(path.join(root, 'fixtures/otlp')).filter((name) => name.endsWith('.versions.json'))
    expect(recordings.length).toBeGreaterThan(15)
    for (const file of recordings)
      expect(existsSync(path.join(root, 'fixtures/otlp', file.replace('.versions.', '.expected.'))), file).toBe(true)
  })
})

describe('the set-ups', () => {
  it('name endpoints that exist', () => {
    const urls = [...text.matchAll(/localhost:8080(\/[\w/]*)?/g)].map(([, at = '']) => at)
    expect(urls.length).toBeGreaterThan(8)
    // Exporters append `/v1/traces` to what they take for a base.
    for (const at of urls)
      expect(
        [at, `${at}/v1/traces`].some((one) => posts.has(one)),
        at,
      ).toBe(true)
    for (const [, at = ''] of text.matchAll(/`(?:GET |POST )?(\/v1\/[\w/{}]+)`/g))
      expect(at in openapi.paths, at).toBe(true)
  })

  it('send the key as the appliance wants it', () => {
    const headers = [...text.matchAll(/Authorization[^\n]*/g)].map(([line]) => line)
    expect(headers.length).toBeGreaterThan(7)
    for (const line of headers) expect(line).toMatch(/Bearer(?: |%20)(?:\$|\{)/)
    expect(text).toContain('X-TruLayer-Project')
  })

  it('are code that can be read', async () => {
    for (const code of blocks('ts')) await transform(code, { loader: 'ts', format: 'esm' })
    for (const code of blocks('yaml')) expect(parse(code)).toBeTypeOf('object')
    expect(
      [blocks('ts').length, blocks('python').length, blocks('go').length, blocks('yaml').length].every(
        (count) => count >= 2,
      ),
    ).toBe(true)
  })
})
