import { openSqlite } from '../sqlite.ts'
import { createShard, tableOf } from './file.ts'
import { matchOf, parseQuery } from './query.ts'
import { indexable } from './words.ts'

/** An index of these texts, all of them inputs, asked for the numbers of those that match. */
export function searcher(texts: readonly string[]): (query: string) => number[] {
  const db = openSqlite(':memory:')
  createShard(db, 0)
  const put = db.prepare(`INSERT INTO ${tableOf(0)} (rowid, name, input, output, error) VALUES (?, '', ?, '', '')`)
  for (const [i, text] of texts.entries()) put.run(i + 1, indexable(text))
  const ask = db
    .prepare<[string], number>(`SELECT rowid - 1 FROM ${tableOf(0)} WHERE ${tableOf(0)} MATCH ? ORDER BY rowid`)
    .pluck()
  return (query) => ask.all(matchOf(parseQuery(query), null))
}

export const finds = (text: string, query: string): boolean => searcher([text])(query).length === 1
