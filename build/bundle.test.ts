import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

/** Packages that a script of `dist/` loads as it starts. */
const loads = (script: string): string[] =>
  [
    ...readFileSync(path.resolve(import.meta.dirname, '../dist', script), 'utf8').matchAll(
      /^import\s[^;]*?from "([^"]+)";$/gm,
    ),
  ]
    .map(([, name]) => name ?? '')
    .filter((name) => name.includes('@'))

it.each(['main.js', 'writer-thread.js', 'reader-thread.js', 'indexer-thread.js'])(
  '%s does not load DuckDB',
  (script) => {
    expect(loads(script)).toEqual([])
  },
)

it('the thread of analytics does', () => {
  expect(loads('analytics-thread.js')).toEqual(['@duckdb/node-api'])
})
