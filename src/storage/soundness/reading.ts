import type { Database } from 'better-sqlite3'
import { readFreePages } from './free-pages.ts'
import { type Handles, Pages } from './pages.ts'
import { type Place, readOn, type Stretch, type Tree } from './tree.ts'

/** Where something is wrong with a file, and what. */
export interface Found {
  /** Null: what is wrong is none of a table's. */
  tree: Tree | null
  /** Reading on from here comes to it. */
  after: Place | null
  what: string
}

/** Every tree of a file, the one of its schema first. */
export function treesOf(db: Database): Tree[] {
  const trees = db.prepare<[], { name: string; table: string; root: number; index: string | null }>(TREES).all()
  const order = db.prepare<[string], { descending: number; collation: string }>(
    'SELECT "desc" AS descending, coll AS collation FROM pragma_index_xinfo(?) ORDER BY seqno',
  )
  return trees.map(({ index, ...tree }) => ({
    ...tree,
    order:
      index === null
        ? null
        : order.all(index).map(({ descending, collation }) => ({
            descending: descending === 1,
            nocase: collation === 'NOCASE',
          })),
  }))
}

/** A table without row numbers is the index of its primary key. */
const TREES = `
SELECT 'sqlite_schema' AS name, 'sqlite_schema' AS "table", 1 AS root, NULL AS "index"
UNION ALL
SELECT s.name, s.tbl_name, s.rootpage, CASE
    WHEN s.type = 'index' THEN s.name
    WHEN t.wr THEN (SELECT i.name FROM pragma_index_list(s.name) i WHERE i.origin = 'pk')
  END
FROM sqlite_schema s JOIN pragma_table_list t ON t.schema = 'main' AND t.name = s.tbl_name
WHERE s.rootpage > 0`

/** Reads pages as they are at one moment, in a read that ends at once, so that it keeps nobody from folding the write-ahead log. */
export class Reader {
  readonly #db: Database
  readonly #handles: Handles
  readonly #pageSize: number

  constructor(db: Database, handles: Handles) {
    this.#db = db
    this.#handles = handles
    this.#pageSize = Number(db.pragma('page_size', { simple: true }))
  }

  /** Bytes of the pages that hold something. */
  used(): number {
    return this.#with(({ count, free, pageSize }) => (count - free) * pageSize)
  }

  /** The greatest row number of a tree, which none that comes later is below; null for an index, or where nothing can be asked of it. */
  lastRow({ table, order }: Tree): number | null {
    if (order !== null) return null
    try {
      const sql = `SELECT max(_rowid_) FROM "${table.replaceAll('"', '""')}"`
      return this.#db.prepare<[], number | null>(sql).pluck().get() ?? null
    } catch {
      // Reading the tree comes to why.
      return null
    }
  }

  readOn(tree: Tree, after: Place | null, bytes: number): Stretch {
    return this.#with((pages) => readOn(pages, tree, after, bytes))
  }

  readFreePages(): number {
    return this.#with(readFreePages)
  }

  #with<T>(read: (pages: Pages) => T): T {
    this.#db.exec('BEGIN')
    try {
      // A read begins with the first look, not with BEGIN.
      this.#db.prepare('SELECT count(*) FROM sqlite_schema').get()
      return read(new Pages(this.#handles, this.#pageSize))
    } finally {
      this.#db.exec('COMMIT')
    }
  }
}
