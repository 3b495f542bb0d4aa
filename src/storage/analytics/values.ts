import { type DuckDBDataChunk, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'

/**
 * Numbers as DuckDB keeps them, read at once: each value by itself, as its library has it, takes ten times as long, most of it to see whether it
 * is null. Whole numbers come as numbers, which are exact up to 2^53. Null: the column is of something else.
 */
export function numbersOf(
  { chunk, rowCount }: DuckDBDataChunk,
  column: number,
  type: DuckDBType,
): (number | null)[] | null {
  const read = READERS[type.typeId]
  if (!read || rowCount === 0) return null
  const vector = duckdb.data_chunk_get_vector(chunk, column)
  const numbers: (number | null)[] = Array.from(read(vector, rowCount))
  const valid = duckdb.vector_get_validity(vector, bytesOfValidity(rowCount)) as Uint8Array | null
  if (valid) for (let row = 0; row < rowCount; row += 1) if (!isValid(valid, row)) numbers[row] = null
  return numbers
}

/** Lists of DOUBLE without nulls in them. */
export function listsOf({ chunk, rowCount }: DuckDBDataChunk, column: number): (Float64Array | null)[] {
  if (rowCount === 0) return []
  const vector = duckdb.data_chunk_get_vector(chunk, column)
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, rowCount * 2 * BigUint64Array.BYTES_PER_ELEMENT)
  const places = new BigUint64Array(buffer, byteOffset, rowCount * 2)
  const valid = duckdb.vector_get_validity(vector, bytesOfValidity(rowCount)) as Uint8Array | null
  const size = duckdb.list_vector_get_size(vector)
  const all = size === 0 ? new Float64Array() : doubles(duckdb.list_vector_get_child(vector), size)
  return Array.from({ length: rowCount }, (_, row) => {
    if (valid && !isValid(valid, row)) return null
    const [from, length] = [Number(places[2 * row]), Number(places[2 * row + 1])]
    // DuckDB's memory goes with the chunk.
    return all.slice(from, from + length)
  })
}

const bytesOfValidity = (rows: number): number => Math.ceil(rows / 64) * 8
const isValid = (valid: Uint8Array, row: number): boolean => (((valid[row >> 3] ?? 0) >> (row & 7)) & 1) === 1

function doubles(vector: duckdb.Vector, count: number): Float64Array {
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, count * Float64Array.BYTES_PER_ELEMENT)
  return new Float64Array(buffer, byteOffset, count)
}

function integers(vector: duckdb.Vector, count: number): Int32Array {
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, count * Int32Array.BYTES_PER_ELEMENT)
  return new Int32Array(buffer, byteOffset, count)
}

/** In two halves, since each would be an object as a whole. */
function bigIntegers(vector: duckdb.Vector, count: number): Float64Array {
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, count * BigInt64Array.BYTES_PER_ELEMENT)
  const [low, high] = [new Uint32Array(buffer, byteOffset, count * 2), new Int32Array(buffer, byteOffset, count * 2)]
  return Float64Array.from({ length: count }, (_, row) => (high[2 * row + 1] ?? 0) * 2 ** 32 + (low[2 * row] ?? 0))
}

const READERS: Partial<Record<DuckDBTypeId, (vector: duckdb.Vector, count: number) => ArrayLike<number>>> = {
  [DuckDBTypeId.DOUBLE]: doubles,
  [DuckDBTypeId.INTEGER]: integers,
  [DuckDBTypeId.BIGINT]: bigIntegers,
}
