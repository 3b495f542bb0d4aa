import { setImmediate } from 'node:timers/promises'
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  DuckDBPendingResultState,
  type DuckDBValue,
  type DuckDBValueConverter,
  INTEGER,
  type JS,
  JSDuckDBValueConverter,
  StatementType,
  UUID,
  VARCHAR,
} from '@duckdb/node-api'
import { listsOf, numbersOf } from './values.ts'

/** The one door to DuckDB. Only its own thread comes through it: appending and reading results would hold the event loop. */
export type { DuckDBConnection, DuckDBValue }
export { BIGINT, BOOLEAN, DOUBLE, INTEGER, StatementType, UUID, VARCHAR }

export interface DuckDbOptions {
  memoryBytes: number
  threads: number
  /** Where it may put what does not fit into memory. */
  spillDir: string
}

/** What may be spilled at most. */
const SPILL = '4GiB'

/** Settings that no statement can change afterwards, and no way out: neither files, nor the network, nor extensions. */
const LOCKED = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
  allow_unsigned_extensions: 'false',
  enable_external_access: 'false',
}

/** Opens a file. Throws DuckDB's error where it is damaged, or of a version that this one cannot read. */
export async function openDuckDb(
  file: string,
  { memoryBytes, threads, spillDir }: DuckDbOptions,
  options: Record<string, string> = {},
): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(file, {
    memory_limit: `${memoryBytes}B`,
    threads: String(threads),
    temp_directory: spillDir,
    max_temp_directory_size: SPILL,
    ...LOCKED,
    ...options,
  })
  return instance
}

export type { DuckDBInstance }

/**
 * Runs a statement on the thread that calls, and so at its priority. Otherwise the work is done by threads that the process shares, of
 * which each takes as much of a processor as one that answers somebody who waits. For instances of one thread; lets messages in between.
 */
export async function runHere(db: DuckDBConnection, sql: string): Promise<void> {
  const statement = await db.prepare(sql)
  try {
    const pending = statement.start()
    while (pending.runTask() !== DuckDBPendingResultState.RESULT_READY) await setImmediate()
    await pending.getResult()
  } finally {
    statement.destroySync()
  }
}

/** What comes out of a statement. Whole numbers come as numbers, which are exact up to 2^53. */
const plain: DuckDBValueConverter<JS> = (value, type, converter) => {
  if (typeof value === 'bigint') return Number(value)
  if (value === null || typeof value !== 'object') return value
  return JSDuckDBValueConverter(value, type, converter)
}

/** What a statement answers, to be read column by column, which of many rows takes half the time. */
export interface Answer {
  names: readonly string[]
  /** The values of a column, by its place. */
  values(column: number): readonly JS[]
  /** Those of one that holds lists of DOUBLE without nulls in them. */
  lists(column: number): readonly (Float64Array | null)[]
}

export async function answerOf(
  db: DuckDBConnection,
  sql: string,
  values: readonly DuckDBValue[] = [],
): Promise<Answer> {
  // Without values it need not be prepared apart, which is two ways to another thread and back. So would be each chunk that is fetched,
  // where all of them are here already.
  const result = await db.run(sql, values.length === 0 ? undefined : [...values])
  const [names, types] = [result.columnNames(), result.columnTypes()]
  const chunks = Array.from({ length: result.chunkCount }, (_, at) => result.getChunk(at))
  return {
    names,
    values: (column) => {
      const type = types[column]
      const read = (chunk: DuckDBDataChunk) =>
        (type && numbersOf(chunk, column, type)) ?? chunk.convertColumnValues(column, plain)
      return joined(chunks.map(read))
    },
    lists: (column) => joined(chunks.map((chunk) => listsOf(chunk, column))),
  }
}

const joined = <T>([first = [], ...others]: readonly T[][]): readonly T[] =>
  others.length === 0 ? first : first.concat(...others)

/** All columns of what a statement answers. */
export async function columnsOf(
  db: DuckDBConnection,
  sql: string,
  values: readonly DuckDBValue[] = [],
): Promise<{ names: readonly string[]; columns: readonly (readonly JS[])[] }> {
  const { names, values: valuesOf } = await answerOf(db, sql, values)
  return { names, columns: names.map((_, column) => valuesOf(column)) }
}

/** The rows of a statement. */
export async function rowsOf<Row>(
  db: DuckDBConnection,
  sql: string,
  values: readonly DuckDBValue[] = [],
): Promise<Row[]> {
  const { names, columns } = await columnsOf(db, sql, values)
  return (columns[0] ?? []).map((_, at) => {
    const row: Record<string, JS> = {}
    for (const [i, name] of names.entries()) row[name] = columns[i]?.[at] ?? null
    return row as Row
  })
}
