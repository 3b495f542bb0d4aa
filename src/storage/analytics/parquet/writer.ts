import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { type DuckDBConnection, runHere } from '../duckdb.ts'
import { PARQUET_COLUMNS, type ParquetForm } from './columns.ts'
import { ParquetJoin } from './join.ts'

/** JSON that is turned into Parquet at once. It is the most that lies on the disk as JSON, but for a single trace that is larger. */
const PART_BYTES = 16 * 1024 * 1024
/** What a row group holds before it is compressed: a reader has so much of it in memory, and so does the writer. */
const ROW_GROUP_BYTES = 16 * 1024 * 1024
const LEAST_OBJECT_BYTES = 1024 * 1024
const NEW_LINE = 10

/**
 * Rows on their way into one Parquet file, however many there are: each part of them becomes a file of its own, which is joined to those
 * before it and thrown away. DuckDB reads the JSON, so the file holds what the JSON lines do.
 */
export class ParquetWriter {
  readonly #db: DuckDBConnection
  readonly #dir: string
  readonly #rows: string
  readonly #columns: string
  readonly #join = new ParquetJoin()
  #parts = 0
  #fd: number
  #size = 0
  /** Bytes of the line that has not ended, and of the longest one of this part. */
  #line = 0
  #longest = 0

  constructor(db: DuckDBConnection, dir: string, form: ParquetForm) {
    this.#db = db
    this.#dir = dir
    this.#rows = path.join(dir, 'rows.jsonl')
    this.#fd = openSync(this.#rows, 'w', 0o600)
    this.#columns = Object.entries(PARQUET_COLUMNS[form])
      .map(([name, type]) => `${name}: ${quoted(type)}`)
      .join(', ')
  }

  /** Takes JSON lines, cut anywhere. Answers the bytes of the file that are made by now; null: none yet. */
  async write(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer> | null> {
    const cut = this.#size + bytes.byteLength >= PART_BYTES ? bytes.lastIndexOf(NEW_LINE) + 1 : 0
    this.#put(bytes.subarray(0, cut))
    const made = cut > 0 ? await this.#endPart() : null
    this.#put(bytes.subarray(cut))
    return made
  }

  /** The rest of the file. */
  async finish(): Promise<Uint8Array<ArrayBuffer>> {
    const made = this.#size > 0 || this.#parts === 0 ? [await this.#endPart()] : []
    return ownBytes(...made, this.#join.end())
  }

  close(): void {
    closeSync(this.#fd)
  }

  #put(bytes: Uint8Array): void {
    for (let from = 0, end = bytes.indexOf(NEW_LINE); from < bytes.byteLength; end = bytes.indexOf(NEW_LINE, from)) {
      const ends = end >= 0
      const to = ends ? end + 1 : bytes.byteLength
      this.#line += to - from
      this.#longest = Math.max(this.#longest, this.#line)
      if (ends) this.#line = 0
      from = to
    }
    for (let at = 0; at < bytes.byteLength; ) at += writeSync(this.#fd, bytes, at)
    this.#size += bytes.byteLength
  }

  async #endPart(): Promise<Uint8Array<ArrayBuffer>> {
    const part = path.join(this.#dir, 'part.parquet')
    const most = Math.max(this.#longest, LEAST_OBJECT_BYTES)
    const source = `read_json(${quoted(this.#rows)}, columns = {${this.#columns}}, format = 'newline_delimited',
      compression = 'uncompressed', auto_detect = false, maximum_object_size = ${most})`
    try {
      await this.#copy(source, part)
    } catch (error) {
      if (!/surrogate in string/.test((error as Error).message)) throw error
      writeFileSync(this.#rows, wellFormed(readFileSync(this.#rows, 'latin1')), 'latin1')
      await this.#copy(source, part)
    }
    this.#parts += 1
    closeSync(this.#fd)
    this.#fd = openSync(this.#rows, 'w', 0o600)
    this.#size = 0
    this.#longest = 0
    const made = ownBytes(this.#join.add(readFileSync(part)))
    rmSync(part)
    return made
  }

  async #copy(source: string, file: string): Promise<void> {
    await runHere(
      this.#db,
      `COPY (SELECT * FROM ${source}) TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE_BYTES ${ROW_GROUP_BYTES})`,
    )
  }
}

/** In memory of their own, to be handed over. */
function ownBytes(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.byteLength
  }
  return bytes
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** One escape of a JSON string; half a character alone is caught as `lone`. */
const ESCAPE =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)/g

/** JSON may hold half a character, which UTF-8 cannot say: it becomes U+FFFD, as it does wherever text is kept here. */
const wellFormed = (json: string): string =>
  json.replace(ESCAPE, (whole, lone: string | undefined) => (lone === undefined ? whole : '\\ufffd'))
