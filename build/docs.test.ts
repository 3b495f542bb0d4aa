import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { COMMAND_NAMES } from '../src/commands/index.ts'
import { loadConfig } from '../src/config.ts'
import openapi from './openapi.json' with { type: 'json' }

/** What the documents state as facts: commands, variables, endpoints, files. */
const root = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const DOCUMENTS = [
  'docs/operate.md',
  ...['README.md', 'CONTRIBUTING.md'],
  ...['docs/architecture.md', 'docs/costs.md', 'docs/instrumentation.md', 'docs/search.md'],
]
const matches = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, found]) => found ?? '')),
]

const SCRIPTS = ['src', 'build', 'bench', 'fixtures'].flatMap((dir) =>
  readdirSync(path.join(root, dir), { recursive: true, encoding: 'utf8' }).map((name) => path.join('/', dir, name)),
)

describe.each(DOCUMENTS)('%s', (file) => {
  const text = read(file)

  it('names commands that exist', () => {
    const commands = matches(text, /npm run ([\w:-]+)/g)
    expect(commands.filter((name) => !(name in manifest.scripts))).toEqual([])
  })

  it('names variables that exist', () => {
    const values: Record<string, string> = {
      TRULAYER_PORT: '1',
      TRULAYER_API_KEY: `tl_${'x'.repeat(43)}`,
      TRULAYER_OWNER_EMAIL: 'a@b.co',
    }
    const names = matches(text, /\b(TRULAYER_[A-Z_]+)\b/g).filter((name) => name !== 'TRULAYER_CONFIG')
    const env = Object.fromEntries(names.map((name) => [name, values[name] ?? 'long enough text']))
    expect(loadConfig(env, root).unknownVariables).toEqual([])
  })

  it('names endpoints that exist', () => {
    const paths = matches(text, /(\/v1\/[\w/{}.-]*[\w}])/g)
    expect(paths.filter((one) => !(one in openapi.paths))).toEqual([])
  })

  it('names files that exist', () => {
    const links = matches(text, /\]\(((?!http)[^)#]+)\)/g).map((link) => path.join(path.dirname(file), link))
    const files = [...links, ...matches(text, /`((?:src|build|docs|bench)\/[\w/.-]+)`/g)]
    expect(files.filter((one) => !existsSync(path.join(root, one)))).toEqual([])
  })

  it('names parts of the program that exist, by the end of their path', () => {
    const scripts = matches(text, /`([\w/.-]+\.tsx?)`/g)
    expect(scripts.filter((one) => !SCRIPTS.some((script) => script.endsWith(`/${one}`)))).toEqual([])
  })

  it('names commands of trulayer that exist', () => {
    const code = matches(text, /```\w*\n(.*?)```/gs).join('\n')
    const names = [
      ...matches(code, /\btrulayer (?!trulayer)([a-z][a-z-]+)/g),
      ...matches(text, /`trulayer ([a-z][a-z-]+)/g),
    ]
    expect(names.filter((name) => !COMMAND_NAMES.includes(name))).toEqual([])
  })
})

it('CI runs exactly the test command of the README', () => {
  const [, command] = /## Test it\n+```\n(.*)\n```/.exec(read('README.md')) ?? []
  expect(command).toBe('npm ci && npm test')
  expect(read('.ci/run').trim().split('\n').at(-1)).toBe(command)
})
