import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { finds } from './testing.ts'

/** The tables of docs/search.md are what they say. */
const text = readFileSync(path.resolve(import.meta.dirname, '../../../docs/search.md'), 'utf8')
const rows = (heading: string): string[][] =>
  (text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim()),
    )
const quoted = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '')

describe('what is found by what', () => {
  const table = rows('What is found by what')

  it('is a table', () => {
    expect(table.length).toBeGreaterThan(10)
  })

  it.each(table)('%s', (stands, by, notBy) => {
    const [stored = ''] = quoted(stands)
    const queries = quoted(by).concat(by?.includes('the whole') ? [stored] : [])
    expect(queries.filter((query) => !finds(stored, query))).toEqual([])
    expect(quoted(notBy).filter((query) => finds(stored, query))).toEqual([])
  })
})

describe('what you can type', () => {
  const examples: Record<string, [found: string[], notFound: string[]]> = {
    'refund order': [['an order, a refund'], ['a refund']],
    '"refund order"': [['the refund order'], ['order refund']],
    'refund*': [['refunded'], ['a fund']],
    'refund -order': [['refund'], ['refund order']],
    'refund OR return': [['a return', 'a refund'], ['an order']],
    'order refund OR return': [['order return'], ['refund return']],
    'error:timeout': [[], ['timeout']],
    'refund -output:"I cannot"': [['refund I cannot'], ['I cannot']],
  }

  it('has an example of each row', () => {
    const typed = rows('What you can type').map(([cell]) => quoted(cell)[0])
    expect(typed).toEqual(Object.keys(examples).map((query) => query.replace(/^refund (?=-output)/, '')))
  })

  it.each(Object.entries(examples))('%s', (query, [found, notFound]) => {
    expect(found.filter((one) => !finds(one, query))).toEqual([])
    expect(notFound.filter((one) => finds(one, query))).toEqual([])
  })
})
