import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { THREADS } from './entries.ts'

const textOf = (script: string): string => readFileSync(path.resolve(import.meta.dirname, '../dist', script), 'utf8')

describe.each(['main', ...Object.keys(THREADS)])('%s.js', (name) => {
  it('is plain ASCII, which V8 keeps in half the memory', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: everything outside of ASCII is meant
    expect(textOf(`${name}.js`).match(/.{0,40}[^\x00-\x7f].{0,20}/)?.[0]).toBeUndefined()
  })

  const needsDuckDb = ['analytics-thread', 'console-thread', 'parquet-thread'].includes(name)
  it(needsDuckDb ? 'loads DuckDB' : 'does not load DuckDB, which takes 50 MB', () => {
    expect(/\bfrom\s*"@duckdb\/node-api"/.test(textOf(`${name}.js`))).toBe(needsDuckDb)
  })
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
