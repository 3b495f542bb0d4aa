import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  DuckDBUUIDValue,
  type DuckDBValue,
  INTEGER,
  StatementType,
  UUID,
  VARCHAR,
} from '@duckdb/node-api'

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

/** The rows of a statement. Whole numbers come as numbers, which are exact up to 2^53. */
export async function rowsOf<Row>(
  db: DuckDBConnection,
  sql: string,
  values: readonly DuckDBValue[] = [],
): Promise<Row[]> {
  const reader = await db.runAndReadAll(sql, [...values])
  return reader.getRowObjectsJS().map((row) => {
    for (const name in row) if (typeof row[name] === 'bigint') row[name] = Number(row[name])
    return row as Row
  })
}

/** Rows that a vector of DuckDB holds, and so the most that a chunk can. */
const VECTOR = 2_048

/** Rows on their way into a table: column by column, a chunk at a time, which is three times as fast as value by value. */
export class TableAppender {
  readonly #appender: DuckDBAppender
  readonly #types: readonly DuckDBType[]
  readonly #columns: DuckDBValue[][]

  private constructor(appender: DuckDBAppender, types: readonly DuckDBType[]) {
    this.#appender = appender
    this.#types = types
    this.#columns = types.map(() => [])
  }

  static async open(
    db: DuckDBConnection,
    table: string,
    types: readonly DuckDBType[],
    catalog: string | null = null,
  ): Promise<TableAppender> {
    return new TableAppender(await db.createAppender(table, null, catalog), types)
  }

  add(row: readonly DuckDBValue[]): void {
    const columns = this.#columns
    for (let i = 0; i < columns.length; i += 1) columns[i]?.push(row[i] ?? null)
    if (columns[0]?.length === VECTOR) this.#flush()
  }

  /** Rows as another file of DuckDB has them, without a look at them. */
  addChunk(chunk: DuckDBDataChunk): void {
    this.#appender.appendDataChunk(chunk)
  }

  close(): void {
    this.#flush()
    this.#appender.closeSync()
  }

  #flush(): void {
    if (this.#columns[0]?.length === 0) return
    const chunk = DuckDBDataChunk.create(this.#types)
    chunk.setColumns(this.#columns)
    this.#appender.appendDataChunk(chunk)
    for (const column of this.#columns) column.length = 0
  }
}

/** A UUID's text as DuckDB keeps it. */
export const uuidValue = (text: string): DuckDBUUIDValue =>
  DuckDBUUIDValue.fromUint128(BigInt(`0x${text.replaceAll('-', '')}`))

/** A whole number for a BIGINT column. */
export const whole = (value: number | null): bigint | null => (value === null ? null : BigInt(value))
