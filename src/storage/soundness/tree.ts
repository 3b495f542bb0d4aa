import { Damage } from './damage.ts'
import { type ColumnOrder, compareEntries, type Entry, sizeOfType } from './entries.ts'
import type { Pages } from './pages.ts'
import { readVarint, type Varint } from './varint.ts'

/** A table or an index: a tree of pages. */
export interface Tree {
  name: string
  /** The table that it is, or belongs to. */
  table: string
  root: number
  /** Null: rows by their number. Otherwise entries in this order: an index, or a table without row numbers. */
  order: readonly ColumnOrder[] | null
}

/** How far a tree has been read: up to a row number, or an entry, and with it. */
export type Place = number | Entry

export interface Stretch {
  /** Null: to the end. */
  to: Place | null
  /** Of pages that had not been read before. */
  bytes: number
}

const LEAF = { rows: 13, entries: 10 } as const
const INNER = { rows: 5, entries: 2 } as const
/** More levels than a file of any size has. */
const MOST_LEVELS = 24
const MOST_FRAGMENTS = 60

/**
 * Reads on in a tree, from `after` on, until so many bytes are read: what its pages hold must be what SQLite would have written, whole, in order
 * and without a gap, with all that stands on pages of its own. Throws `Damage`, or whatever else happens to a reader of nonsense.
 */
export function readOn(pages: Pages, tree: Tree, after: Place | null, bytes: number): Stretch {
  return new Reading(pages, tree, after, bytes).read()
}

/** One cell of a page, as it was last looked at. */
interface Cell {
  /** Where what it holds begins. */
  at: number
  /** Bytes of it on this page, and in all. */
  local: number
  payload: number
  rowid: number
  /** Bytes that the cell takes. */
  size: number
}

class Reading {
  readonly #pages: Pages
  readonly #tree: Tree
  readonly #after: Place | null
  readonly #most: number
  readonly #byLevel: Buffer[] = []
  readonly #overflow: Buffer
  readonly #varint: Varint = { value: 0, size: 0 }
  readonly #cell: Cell = { at: 0, local: 0, payload: 0, rowid: 0, size: 0 }
  #place: Place | null
  /** Everything from here on comes after `after`. */
  #beyond: boolean
  #lastRow = Number.NEGATIVE_INFINITY
  #leafLevel: number | null = null
  #read = 0
  #fresh = 0
  #enough = false

  constructor(pages: Pages, tree: Tree, after: Place | null, most: number) {
    this.#pages = pages
    this.#tree = tree
    this.#after = after
    this.#place = after
    this.#beyond = after === null
    this.#most = most
    this.#overflow = Buffer.allocUnsafe(pages.pageSize)
  }

  read(): Stretch {
    this.#visit(this.#tree.root, 0, Number.POSITIVE_INFINITY)
    return { to: this.#enough ? this.#place : null, bytes: this.#fresh }
  }

  /** `most`: the greatest row number that may stand below here. */
  #visit(no: number, level: number, most: number): void {
    if (level > MOST_LEVELS) throw new Damage(no, `the tree of ${this.#tree.name} never ends`)
    const page = this.#take(no, level)
    const kind = this.#tree.order === null ? 'rows' : 'entries'
    const start = no === 1 ? 100 : 0
    const type = page[start]
    if (type === LEAF[kind]) this.#leaf(page, no, start, level, most)
    else if (type === INNER[kind]) this.#inner(page, no, start, level, most)
    else throw new Damage(no, `page ${no} is no page of ${this.#tree.name}`)
  }

  #leaf(page: Buffer, no: number, start: number, level: number, most: number): void {
    this.#leafLevel ??= level
    if (level !== this.#leafLevel) throw new Damage(no, `page ${no} is not as deep as others of ${this.#tree.name}`)
    const cells = this.#cells(page, no, start, 8)
    const cell = this.#cell
    let covered = 0
    let fresh = this.#beyond
    for (let i = 0; i < cells; i++) {
      this.#parse(page, no, page.readUInt16BE(start + 8 + i * 2), true)
      covered += cell.size
      if (this.#tree.order === null) this.#inOrder(no, cell.rowid, most)
      if (!this.#beyond && this.#compare(page, cell) > 0) this.#beyond = true
      if (!this.#beyond) continue
      fresh = true
      this.#rest(page, no, cell)
      if (i === cells - 1) this.#passed(page, cell)
    }
    this.#covers(page, no, start, covered)
    if (fresh) this.#fresh += this.#pages.pageSize
    this.#enough = this.#read >= this.#most && this.#advanced()
  }

  #inner(page: Buffer, no: number, start: number, level: number, most: number): void {
    const cells = this.#cells(page, no, start, 12)
    const cell = this.#cell
    let covered = 0
    for (let i = 0; i < cells; i++) {
      this.#parse(page, no, page.readUInt16BE(start + 12 + i * 2), false)
      covered += cell.size
    }
    this.#covers(page, no, start, covered)
    if (this.#beyond) this.#fresh += this.#pages.pageSize
    for (let i = 0; i < cells; i++) {
      const at = page.readUInt16BE(start + 12 + i * 2)
      this.#parse(page, no, at, false)
      if (!this.#beyond && this.#compare(page, cell) < 0) continue
      const { rowid } = cell
      if (rowid > most) throw new Damage(no, `the rows of page ${no} are out of order`)
      this.#visit(page.readUInt32BE(at), level + 1, rowid)
      if (this.#enough) return
      if (this.#tree.order === null) continue
      this.#beyond = true
      this.#parse(page, no, at, false)
      this.#rest(page, no, cell)
      this.#passed(page, cell)
    }
    this.#visit(page.readUInt32BE(start + 8), level + 1, most)
  }

  #take(no: number, level: number): Buffer {
    const page = this.#byLevel[level] ?? Buffer.allocUnsafe(this.#pages.pageSize)
    this.#byLevel[level] = page
    this.#read += this.#pages.pageSize
    return this.#pages.read(no, page)
  }

  /** How many there are; their pointers stand after the head of the page, which has so many bytes. */
  #cells(page: Buffer, no: number, start: number, head: number): number {
    const cells = page.readUInt16BE(start + 3)
    if (start + head + cells * 2 > contentOf(page, start))
      throw new Damage(no, `page ${no} has no room for its ${cells} cells`)
    return cells
  }

  #parse(page: Buffer, no: number, at: number, leaf: boolean): void {
    const { usable } = this.#pages
    const cell = this.#cell
    const rows = this.#tree.order === null
    if (at < 8 || at > usable - 4) throw new Damage(no, `a cell of page ${no} is not on it`)
    let end = leaf ? at : at + 4
    cell.payload = 0
    cell.rowid = 0
    if (leaf || !rows) {
      cell.payload = readVarint(page, end, this.#varint)
      end += this.#varint.size
    }
    if (rows) {
      cell.rowid = readVarint(page, end, this.#varint)
      end += this.#varint.size
    }
    cell.at = end
    cell.local = localOf(cell.payload, usable, leaf && rows)
    end += cell.local + (cell.payload > cell.local ? 4 : 0)
    cell.size = Math.max(4, end - at)
    if (at + cell.size > usable) throw new Damage(no, `a cell of page ${no} ends beyond it`)
    if (leaf) this.#record(page, no, cell)
  }

  /** What a record says of its columns must add up to what it holds. */
  #record(page: Buffer, no: number, { at, local, payload }: Cell): void {
    const varint = this.#varint
    const head = readVarint(page, at, varint)
    if (head > payload) throw new Damage(no, `a record of page ${no} is no record`)
    if (head > local) return
    let sum = head
    for (let i = at + varint.size; i < at + head; i += varint.size) sum += sizeOfType(readVarint(page, i, varint))
    if (sum !== payload) throw new Damage(no, `a record of page ${no} does not hold what it says`)
  }

  #inOrder(no: number, rowid: number, most: number): void {
    if (rowid <= this.#lastRow || rowid > most) throw new Damage(no, `the rows of page ${no} are out of order`)
    this.#lastRow = rowid
  }

  /** Every byte behind the first cell belongs to a cell, to a free block or to the fragments that are counted. */
  #covers(page: Buffer, no: number, start: number, cells: number): void {
    const { usable } = this.#pages
    const fragments = page[start + 7] ?? 0
    let covered = cells + fragments
    let least = contentOf(page, start)
    for (let block = page.readUInt16BE(start + 1); block !== 0; ) {
      const size = page.readUInt16BE(block + 2)
      if (block < least || size < 4 || block + size > usable)
        throw new Damage(no, `the free blocks of page ${no} are nonsense`)
      covered += size
      least = block + size
      block = page.readUInt16BE(block)
    }
    if (fragments > MOST_FRAGMENTS || covered !== usable - contentOf(page, start))
      throw new Damage(no, `what page ${no} holds does not add up to it`)
  }

  /** What of a cell stands on pages of its own. */
  #rest(page: Buffer, no: number, { at, local, payload }: Cell): void {
    if (payload <= local) return
    const pages = Math.ceil((payload - local) / (this.#pages.usable - 4))
    let next = page.readUInt32BE(at + local)
    for (let i = 0; i < pages; i++) {
      if (next < 2) throw new Damage(no, `what goes on beyond page ${no} ends too soon`)
      this.#pages.read(next, this.#overflow)
      next = this.#overflow.readUInt32BE(0)
    }
    if (next !== 0) throw new Damage(no, `what goes on beyond page ${no} does not end`)
    this.#read += pages * this.#pages.pageSize
    this.#fresh += pages * this.#pages.pageSize
  }

  #passed(page: Buffer, cell: Cell): void {
    this.#place = this.#tree.order === null ? cell.rowid : entryOf(page, cell, true)
  }

  #compare(page: Buffer, cell: Cell): number {
    return this.#against(this.#tree.order === null ? cell.rowid : entryOf(page, cell, false))
  }

  /** Whether a place is before `after` (or it) or beyond. What is equal as far as it can be seen may be beyond. */
  #against(place: Place): number {
    const { order } = this.#tree
    const after = this.#after
    if (after === null) return 1
    if (typeof place === 'number' || typeof after === 'number') return Number(place) > Number(after) ? 1 : -1
    const compared = compareEntries(place, after, order ?? [])
    return compared === 0 ? (place.whole && after.whole ? -1 : 1) : compared
  }

  /** Has it come further than it was? What cannot be told apart is not further, or it would come no further ever. */
  #advanced(): boolean {
    const [place, after] = [this.#place, this.#after]
    if (place === null || after === null) return place !== null
    if (typeof place === 'number' || typeof after === 'number') return place !== after
    return compareEntries(place, after, this.#tree.order ?? []) > 0
  }
}

/** Where the cells of a page begin. */
const contentOf = (page: Buffer, start: number): number => page.readUInt16BE(start + 5) || 65_536

const entryOf = (page: Buffer, { at, local, payload }: Cell, copied: boolean): Entry => {
  const bytes = page.subarray(at, at + local)
  return { bytes: copied ? Buffer.from(bytes) : bytes, whole: payload === local }
}

/** How much of a payload stands on the page itself. */
function localOf(payload: number, usable: number, row: boolean): number {
  const most = row ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23
  if (payload <= most) return payload
  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const fitting = least + ((payload - least) % (usable - 4))
  return fitting <= most ? fitting : least
}
