import { DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api'
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
  #count = 0

  constructor(types: readonly DuckDBType[]) {
    this.#types = types
  }

  get count(): number {
    return this.#count
  }

  add(row: readonly Cell[]): void {
    const at = Math.floor(this.#count / VECTOR)
    let chunk = this.#chunks[at]
    if (!chunk) {
      chunk = new Chunk(this.#types)
      this.#chunks.push(chunk)
    }
    chunk.add(row)
    this.#count += 1
  }

  /** Appends them to the table, and is empty then. */
  async appendTo(db: DuckDBConnection, table: string, catalog: string | null = null): Promise<void> {
    if (this.#count === 0) return
    const appender = await db.createAppender(table, null, catalog)
    for (const chunk of this.#chunks) if (chunk.count > 0) appender.appendDataChunk(chunk.filled())
    appender.closeSync()
    this.clear()
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

  protected put(row: number, value: boolean): void {
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

class TextColumn extends Column {
  readonly #texts: (string | null)[] = new Array(VECTOR).fill(null)

  protected put(row: number, value: string): void {
    this.#texts[row] = value
  }

  protected copyValues(vector: duckdb.Vector, count: number): void {
    for (let row = 0; row < count; row += 1) {
      const text = this.#texts[row]
      if (text != null) duckdb.vector_assign_string_element(vector, row, text)
    }
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
