import { readVarint, type Varint } from './varint.ts'

/** An entry of an index, as far as it stands on its page: a record without the end that is on pages of its own. */
export interface Entry {
  bytes: Buffer
  whole: boolean
}

/** How an index is ordered by one of its columns. */
export interface ColumnOrder {
  descending: boolean
  /** Letters of ASCII count as small. The only other order of the true files. */
  nocase: boolean
}

/** Serial types, by class: nothing, numbers, text, bytes; in the order in which SQLite puts them. */
const rankOf = (type: number): number => (type === 0 ? 0 : type < 12 ? 1 : type % 2 === 1 ? 2 : 3)

const INTEGERS = [0, 1, 2, 3, 4, 6, 8]

/** Bytes that a value of a serial type takes in a record. */
export const sizeOfType = (type: number): number =>
  type >= 12 ? Math.floor((type - 12) / 2) : type === 7 ? 8 : type >= 8 ? 0 : (INTEGERS[type] ?? 0)

/** Below, equal as far as both are known, or above: 0 is also the answer where the rest is on other pages. */
export function compareEntries(a: Entry, b: Entry, order: readonly ColumnOrder[]): number {
  const [first, second] = [new Columns(a.bytes), new Columns(b.bytes)]
  for (const { descending, nocase } of order) {
    if (!first.next() || !second.next()) return 0
    const compared = compareValues(first, second, nocase)
    if (compared !== 0) return descending ? -compared : compared
    if (first.cut || second.cut) return 0
  }
  return 0
}

function compareValues(a: Columns, b: Columns, nocase: boolean): number {
  const ranks = rankOf(a.type) - rankOf(b.type)
  if (ranks !== 0) return ranks
  if (rankOf(a.type) === 1) return a.number() - b.number()
  const [first, second] = [a.value(), b.value()]
  const common = Math.min(first.length, second.length)
  const [x, y] = nocase && rankOf(a.type) === 2 ? [small(first), small(second)] : [first, second]
  const compared = Buffer.compare(x.subarray(0, common), y.subarray(0, common))
  if (compared !== 0 || a.cut || b.cut) return compared
  return first.length - second.length
}

const small = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte)))

/** The columns of a record, one after another. */
class Columns {
  readonly #bytes: Buffer
  readonly #varint: Varint = { value: 0, size: 0 }
  readonly #headEnd: number
  #head: number
  #at: number
  #size = 0
  type = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#headEnd = readVarint(bytes, 0, this.#varint)
    this.#head = this.#varint.size
    this.#at = this.#headEnd
  }

  /** False: there is none, or it is not known what it is. */
  next(): boolean {
    if (this.#head >= Math.min(this.#headEnd, this.#bytes.length)) return false
    this.#at += this.#size
    this.type = readVarint(this.#bytes, this.#head, this.#varint)
    this.#head += this.#varint.size
    this.#size = sizeOfType(this.type)
    return true
  }

  /** Is some of this column elsewhere? */
  get cut(): boolean {
    return this.#at + this.#size > this.#bytes.length
  }

  value(): Buffer {
    return this.#bytes.subarray(this.#at, this.#at + this.#size)
  }

  number(): number {
    if (this.cut) return 0
    if (this.type === 8 || this.type === 9) return this.type - 8
    if (this.type === 7) return this.#bytes.readDoubleBE(this.#at)
    return this.type === 6 ? Number(this.#bytes.readBigInt64BE(this.#at)) : this.#bytes.readIntBE(this.#at, this.#size)
  }
}
