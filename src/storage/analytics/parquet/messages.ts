import type { ParquetForm } from './columns.ts'

/** What the main thread and a thread that writes Parquet say to each other. */
export interface ParquetTask {
  /** A directory of its own, which holds nothing yet. */
  dir: string
  form: ParquetForm
  memoryBytes: number
}

export type ToParquet =
  /** JSON lines, cut anywhere; answered by `taken`. */
  | { kind: 'rows'; bytes: Uint8Array }
  /** There are no more; answered by `done`. */
  | { kind: 'end' }
  /** Nobody wants it any more. */
  | { kind: 'drop' }

export type FromParquet = { kind: 'taken' } | { kind: 'done' } | { kind: 'failed'; message: string }

/** The file in `ParquetTask.dir` that is there once it is done. */
export const RESULT = 'traces.parquet'
