import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineOf, sqlPieces, wordAt } from './sql.ts'

const kinds = (text: string) =>
  sqlPieces(text)
    .filter(({ kind }) => kind !== 'plain')
    .map(({ kind, text: piece }) => `${kind} ${piece}`)

describe('SQL in pieces', () => {
  it('knows words, calls, strings, numbers and comments', () => {
    expect(kinds("SELECT count(*) FROM traces -- all\nWHERE x in ('a''b', 2.5)")).toEqual([
      'word SELECT',
      'name count',
      'word FROM',
      'comment -- all',
      'word WHERE',
      'word in',
      "string 'a''b'",
      'number 2.5',
    ])
  })

  it('never loses or adds a character', () => {
    const text = fc
      .array(fc.constantFrom("'", '"', '--', '/*', '*/', '\n', 'select', ' ', '1e5', '(', 'ü', 'x'))
      .map((all) => all.join(''))
    fc.assert(
      fc.property(
        text,
        (sql) =>
          sqlPieces(sql)
            .map((piece) => piece.text)
            .join('') === sql,
      ),
    )
  })
})

it('finds the line of a place, and the word there', () => {
  const sql = 'SELECT a,\n  wrnog\nFROM t'
  expect(lineOf(sql, 12)).toEqual({ line: 2, column: 3 })
  expect(wordAt(sql, 12)).toBe('wrnog')
  expect(wordAt(sql, sql.length)).toBe('')
})
