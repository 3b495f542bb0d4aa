import type { ParquetForm } from './columns.ts'

/** What the main thread and a thread that writes Parquet say to each other. */
export interface ParquetTask {
  /** A directory of its own, which holds nothing yet. */
  dir: string
  form: ParquetForm
  memoryBytes: number
}

export type ToParquet =
  /** JSON lines, cut anywhere; answered by `taken`, with what of the file is made by now. */
  | { kind: 'rows'; bytes: Uint8Array }
  /** There are no more; answered by `done`, with the rest of the file. */
  | { kind: 'end' }
  /** Nobody wants it any more. */
  | { kind: 'drop' }

export type FromParquet =
  | { kind: 'taken'; made: Uint8Array<ArrayBuffer> | null }
  | { kind: 'done'; made: Uint8Array<ArrayBuffer> }
  | { kind: 'failed'; message: string }
