import { expect, it } from 'vitest'
import { arranged, isNumber, shown, widthOf } from './rows.ts'

it.each([
  ['BIGINT', true],
  ['INTEGER', true],
  ['UTINYINT', true],
  ['HUGEINT', true],
  ['DOUBLE', true],
  ['DECIMAL(18,3)', true],
  ['VARCHAR', false],
  ['INTERVAL', false],
  ['INTEGER[]', false],
])('%s stands at the right: %s', (type, right) => expect(isNumber(type)).toBe(right))

it('sorts numbers as numbers, also those that come as digits, and null last either way', () => {
  const rows = [[10], [null], [9], ['36893488147419103232']]
  expect(arranged(rows, { column: 0, down: false })).toEqual([[9], [10], ['36893488147419103232'], [null]])
  expect(arranged(rows, { column: 0, down: true })).toEqual([['36893488147419103232'], [10], [9], [null]])
  expect(arranged(rows, null)).toBe(rows)
})

it('gives a column room for what it holds, within bounds', () => {
  const column = { name: 'x', type: 'VARCHAR' }
  expect(widthOf(column, [['a']], 0)).toBeLessThan(widthOf(column, [['a'.repeat(30)]], 0))
  expect(widthOf(column, [['a'.repeat(900)]], 0)).toBe(360)
})

it('shows numbers without the noise of binary fractions, and ids cut', () => {
  expect(shown({ name: 'cost', type: 'DOUBLE' }, 0.1 + 0.2)).toBe('0.3')
  expect(shown({ name: 'n', type: 'BIGINT' }, 9_007_199_254_740_991)).toBe('9007199254740991')
  expect(shown({ name: 'id', type: 'UUID' }, '01a1d02c-da93-71b8-8d63-7ea36262fa8e')).toBe('01a1d02c…fa8e')
  expect(shown({ name: 'tags', type: 'VARCHAR[]' }, '[a=b]')).toBe('[a=b]')
})
