import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { THREADS } from './entries.ts'

const dist = path.resolve(import.meta.dirname, '../dist')
const textOf = (script: string): string => readFileSync(path.join(dist, script), 'utf8')

/** A script, and everything that Node loads before it runs: not what it may import later. */
function loadedBy(script: string, known = new Set<string>()): string {
  known.add(script)
  const text = textOf(script)
  const imported = [...text.matchAll(/(?:^|;)import\s*(?:\{[^}]*\}\s*from\s*)?"(\.[^"]+)"/gm)]
  for (const [, place = ''] of imported) {
    const next = path.join(path.dirname(script), place)
    if (!known.has(next)) loadedBy(next, known)
  }
  return [...known].map(textOf).join('\n')
}

describe.each(['main', ...Object.keys(THREADS)])('%s.js', (name) => {
  const needsDuckDb = ['analytics-thread', 'console-thread', 'parquet-thread'].includes(name)
  it(needsDuckDb ? 'loads DuckDB' : 'does not load DuckDB, which takes 50 MB', () => {
    expect(loadedBy(`${name}.js`).includes('require("@duckdb/node-bindings")')).toBe(needsDuckDb)
  })
})

it('a command does not load what serves', () => {
  const chunks = readdirSync(path.join(dist, 'chunks')).map((name) => `chunks/${name}`)
  const scripts = (named: RegExp) => chunks.filter((name) => named.test(name))
  const serving = /\bnode_modules\/express\//
  expect(scripts(/\/services-\w+\.js$/).filter((name) => serving.test(loadedBy(name)))).toHaveLength(1)
  const quick = ['main.js', ...scripts(/\/(sql-console|health|version|backup|doctor|serve)-\w+\.js$/)]
  expect(quick).toHaveLength(7)
  for (const name of quick) expect([name, serving.test(loadedBy(name))]).toEqual([name, false])
})

it('the scripts are plain ASCII, which V8 keeps in half the memory', () => {
  const scripts = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.js') && !name.startsWith('ui'),
  )
  expect(scripts.length).toBeGreaterThan(20)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything outside of ASCII is meant
  const other = (name: string) => textOf(name).match(/.{0,40}[^\x00-\x7f].{0,20}/)?.[0]
  expect(scripts.map((name) => [name, other(name)]).filter(([, found]) => found !== undefined)).toEqual([])
})

it('the licences of what is inside are with it', () => {
  const text = textOf('licenses.txt')
  for (const name of ['better-sqlite3', '@duckdb/node-api', 'sqlite-vec', 'express', 'zod', 'react', 'uplot'])
    expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'))
  expect(text.match(/Permission is hereby granted/g)?.length).toBeGreaterThan(30)
})

it('its scripts are known for modules wherever it is copied to', () => {
  expect(JSON.parse(textOf('package.json'))).toEqual({ type: 'module' })
})
