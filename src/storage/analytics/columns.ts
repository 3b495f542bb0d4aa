import { type DuckDBAppender, DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import { BIGINT, BOOLEAN, DOUBLE, type DuckDBConnection, INTEGER, UUID, VARCHAR } from './duckdb.ts'

/** What a column is given: whole numbers as numbers, exact up to 2^53; UUIDs as their text. */
export type Cell = number | string | boolean | null

/** Rows that a vector of DuckDB holds, and so the most that a chunk can. */
const VECTOR = 2_048
/** Chunks that are kept to be filled again; a trace with very many spans takes more for once. */
const KEPT_CHUNKS = 12

/**
 * Rows on their way into a table, laid down column by column as DuckDB keeps them. Each value is written to its place at once, so that nothing
 * is left of a row for the collector: as objects, rows cost three times as much, most of it for what they left behind.
 */
export class Rows {
  readonly #types: readonly DuckDBType[]
  readonly #chunks: Chunk[] = []
  #appender: { db: DuckDBConnection; appender: DuckDBAppender } | null = null
  #count = 0

  constructor(types: readonly DuckDBType[]) {
    this.#types = types
  }

  get count(): number {
    return this.#count
  }

  add(row: readonly Cell[]): void {
    this.#open().add(row)
    this.#count += 1
  }

  /** Many rows, column by column: all values of each, or those in the places that are picked. */
  addColumns(columns: readonly (readonly Cell[])[], picked: readonly number[] | null = null): void {
    const total = picked?.length ?? columns[0]?.length ?? 0
    for (let from = 0; from < total; ) {
      const chunk = this.#open()
      const to = Math.min(total, from + VECTOR - chunk.count)
      chunk.addColumns(columns, picked, from, to)
      this.#count += to - from
      from = to
    }
  }

  /** Puts other numbers for those in a column: for n the one in place n of the list. */
  renumber(column: number, numbers: readonly number[]): void {
    for (const chunk of this.#chunks) chunk.renumber(column, numbers)
  }

  /** The chunk in which there is room. */
  #open(): Chunk {
    const at = Math.floor(this.#count / VECTOR)
    const chunk = this.#chunks[at] ?? new Chunk(this.#types)
    this.#chunks[at] = chunk
    return chunk
  }

  /**
   * Appends them to the table, and is empty then. The appender is kept for the next time: what it allocated would only go with its object, whenever
   * that is collected.
   */
  async appendTo(db: DuckDBConnection, table: string, catalog: string | null = null): Promise<void> {
    if (this.#count === 0) return
    const appender = this.#appenderOf(db) ?? (await db.createAppender(table, null, catalog))
    this.#appender = null
    for (const chunk of this.#chunks) if (chunk.count > 0) appender.appendDataChunk(chunk.filled())
    appender.flushSync()
    // One that failed is not used again.
    this.#appender = { db, appender }
    this.clear()
  }

  #appenderOf(db: DuckDBConnection): DuckDBAppender | null {
    return this.#appender?.db === db ? this.#appender.appender : null
  }

  clear(): void {
    this.#chunks.splice(KEPT_CHUNKS)
    for (const chunk of this.#chunks) chunk.clear()
    this.#count = 0
  }
}

class Chunk {
  readonly #columns: readonly Column[]
  readonly #chunk: DuckDBDataChunk
  count = 0

  constructor(types: readonly DuckDBType[]) {
    this.#columns = types.map(columnOf)
    this.#chunk = DuckDBDataChunk.create(types)
  }

  add(row: readonly Cell[]): void {
    const columns = this.#columns
    for (let i = 0; i < columns.length; i += 1) columns[i]?.set(this.count, row[i] ?? null)
    this.count += 1
  }

  addColumns(columns: readonly (readonly Cell[])[], picked: readonly number[] | null, from: number, to: number): void {
    for (const [i, column] of this.#columns.entries()) {
      const values = columns[i] ?? []
      let row = this.count
      for (let at = from; at < to; at += 1) column.set(row++, values[picked ? (picked[at] ?? 0) : at] ?? null)
    }
    this.count += to - from
  }

  renumber(column: number, numbers: readonly number[]): void {
    const values = this.#columns[column]
    if (!(values instanceof IntegerColumn)) throw new TypeError('only a column of INTEGER can be numbered anew')
    values.renumber(this.count, numbers)
  }

  /** DuckDB's own chunk with the rows. */
  filled(): DuckDBDataChunk {
    const { chunk } = this.#chunk
    duckdb.data_chunk_reset(chunk)
    duckdb.data_chunk_set_size(chunk, this.count)
    for (const [i, column] of this.#columns.entries()) column.copyTo(duckdb.data_chunk_get_vector(chunk, i), this.count)
    return this.#chunk
  }

  clear(): void {
    for (const column of this.#columns) column.clear(this.count)
    this.count = 0
  }
}

abstract class Column {
  /** A bit for each row, 0 for null. */
  readonly #valid = new Uint8Array(VECTOR / 8).fill(255)
  #nulls = false

  set(row: number, value: Cell): void {
    if (value === null) {
      this.#valid[row >> 3] = (this.#valid[row >> 3] ?? 0) & ~(1 << (row & 7))
      this.#nulls = true
    } else this.put(row, value)
  }

  copyTo(vector: duckdb.Vector, count: number): void {
    this.copyValues(vector, count)
    if (!this.#nulls) return
    duckdb.vector_ensure_validity_writable(vector)
    duckdb.copy_data_to_vector_validity(vector, 0, this.#valid.buffer as ArrayBuffer, 0, Math.ceil(count / 64) * 8)
  }

  clear(_count: number): void {
    if (!this.#nulls) return
    this.#valid.fill(255)
    this.#nulls = false
  }

  protected abstract put(row: number, value: string | number | boolean): void
  protected abstract copyValues(vector: duckdb.Vector, count: number): void
}

/** Values of so many bytes each. */
abstract class FixedColumn extends Column {
  protected abstract readonly values: { buffer: ArrayBufferLike; BYTES_PER_ELEMENT: number; length: number }

  protected copyValues(vector: duckdb.Vector, count: number): void {
    const { buffer, BYTES_PER_ELEMENT, length } = this.values
    duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, 0, ((BYTES_PER_ELEMENT * length) / VECTOR) * count)
  }
}

const TWO_32 = 2 ** 32

/** As two halves of 32 bits, the lower one first: big integers would be garbage. */
class BigIntColumn extends FixedColumn {
  protected readonly values = new Int32Array(VECTOR * 2)

  protected put(row: number, value: number): void {
    const upper = Math.floor(value / TWO_32)
    this.values[row * 2] = value - upper * TWO_32
    this.values[row * 2 + 1] = upper
  }
}

class IntegerColumn extends FixedColumn {
  protected readonly values = new Int32Array(VECTOR)

  /** What stands where a value is null means nothing. */
  renumber(count: number, numbers: readonly number[]): void {
    for (let row = 0; row < count; row += 1) this.values[row] = numbers[this.values[row] ?? 0] ?? 0
  }

  protected put(row: number, value: number): void {
    this.values[row] = value
  }
}

class DoubleColumn extends FixedColumn {
  protected readonly values = new Float64Array(VECTOR)

  protected put(row: number, value: number): void {
    this.values[row] = value
  }
}

class BooleanColumn extends FixedColumn {
  protected readonly values = new Uint8Array(VECTOR)

  protected put(row: number, value: boolean | number): void {
    this.values[row] = value ? 1 : 0
  }
}

/** As DuckDB keeps them: a signed number of 128 bits whose order is that of the texts, so the first bit is turned. */
class UuidColumn extends FixedColumn {
  protected readonly values = new Uint32Array(VECTOR * 4)

  protected put(row: number, value: string): void {
    const part = (from: number, to: number) => Number.parseInt(value.slice(from, to), 16)
    const { values } = this
    values[row * 4] = part(28, 36)
    values[row * 4 + 1] = part(19, 23) * 2 ** 16 + part(24, 28)
    values[row * 4 + 2] = part(9, 13) * 2 ** 16 + part(14, 18)
    values[row * 4 + 3] = part(0, 8) ^ 0x80000000
  }
}

/** Different texts of a column that are remembered, so that what is said again and again is handed over once for a chunk. */
const REMEMBERED = 256
/** A text in a vector (`duckdb_string_t`) has 16 bytes: itself if it is short, else where it lies. */
const TEXT_WORDS = 4
const handles = new Uint32Array(VECTOR * TEXT_WORDS)

class TextColumn extends Column {
  readonly #texts: (string | null)[] = new Array(VECTOR).fill(null)
  readonly #first = new Map<string, number>()
  readonly #again: number[] = []

  protected put(row: number, value: string): void {
    this.#texts[row] = value
  }

  protected copyValues(vector: duckdb.Vector, count: number): void {
    for (let row = 0; row < count; row += 1) {
      const text = this.#texts[row]
      if (text == null) continue
      const first = this.#first.get(text)
      if (first !== undefined) {
        this.#again.push(row, first)
        continue
      }
      duckdb.vector_assign_string_element(vector, row, text)
      if (this.#first.size < REMEMBERED) this.#first.set(text, row)
    }
    this.#repeat(vector, count)
    this.#first.clear()
    this.#again.length = 0
  }

  /** Equal texts of one vector are one text. */
  #repeat(vector: duckdb.Vector, count: number): void {
    const again = this.#again
    if (again.length === 0) return
    const { buffer, byteOffset } = duckdb.vector_get_data(vector, count * TEXT_WORDS * 4)
    handles.set(new Uint32Array(buffer, byteOffset, count * TEXT_WORDS))
    for (let i = 0; i < again.length; i += 2) {
      const first = (again[i + 1] ?? 0) * TEXT_WORDS
      handles.copyWithin((again[i] ?? 0) * TEXT_WORDS, first, first + TEXT_WORDS)
    }
    duckdb.copy_data_to_vector(vector, 0, handles.buffer as ArrayBuffer, 0, count * TEXT_WORDS * 4)
  }

  override clear(count: number): void {
    super.clear(count)
    this.#texts.fill(null, 0, count)
  }
}

function columnOf(type: DuckDBType): Column {
  switch (type) {
    case BIGINT:
      return new BigIntColumn()
    case INTEGER:
      return new IntegerColumn()
    case DOUBLE:
      return new DoubleColumn()
    case BOOLEAN:
      return new BooleanColumn()
    case UUID:
      return new UuidColumn()
    case VARCHAR:
      return new TextColumn()
    default:
      throw new Error(`no column of the mirror is a ${type}`)
  }
}
