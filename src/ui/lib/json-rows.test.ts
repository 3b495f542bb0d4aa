import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonFinds, jsonRows } from './json-rows.ts'

it('shows every value once, by a path that reaches it', () => {
  const value = { a: [1, { 'b c': 'x' }], d: null }
  const paths = jsonRows(value, () => false)
    .filter(({ kind }) => kind !== 'end')
    .map(({ path }) => path)
  expect(paths).toEqual(['$', '$.a', '$.a[0]', '$.a[1]', '$.a[1]["b c"]', '$.d'])
})

it('hides what is folded, and says how many it holds', () => {
  const rows = jsonRows({ a: [1, 2, 3] }, (path) => path === '$.a')
  expect(rows.map(({ path, size }) => [path, size])).toEqual([
    ['$', 1],
    ['$.a', 3],
    ['$/end', 0],
  ])
})

it('finds names and values, and knows what to unfold for them', () => {
  const { hits, above } = jsonFinds({ a: { tier: 'Pro' }, b: 'profit' }, 'pro')
  expect([...hits]).toEqual(['$.a.tier', '$.b'])
  expect([...above].sort()).toEqual(['$', '$.a'])
})

it('takes any JSON', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => jsonRows(value, () => false).length > 0))
})
