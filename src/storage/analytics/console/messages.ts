import path from 'node:path'

/** What one statement of the SQL console is given to run with, and what becomes of it. */
export const CONSOLE_FORMATS = ['json', 'csv', 'parquet'] as const
export type ConsoleFormat = (typeof CONSOLE_FORMATS)[number]

export interface ConsoleTask {
  /** A directory of its own, for spilling and for the result. */
  scratch: string
  /** Where the executable may unpack its libraries (`parts.ts`); of no use outside of it. */
  places: readonly string[]
  sql: string
  format: ConsoleFormat
  /** Rows at most. */
  limit: number
  memoryBytes: number
  threads: number
}

export type ConsoleOutcome =
  | { outcome: 'done'; rows: number; truncated: boolean; body: Uint8Array }
  /** It may not run, or is wrong: the message is for whoever wrote it, and so is the place, in characters. */
  | { outcome: 'refused'; message: string; position: number | null }
  | { outcome: 'too_large'; message: string }

/** It may run: the file with the tenant's own rows is waited for. Then comes what became of it; or that at once, where it may not run. */
export type FromConsole = { outcome: 'judged' } | ConsoleOutcome

/** Where the files of the console are, in the data directory: made as they are needed, thrown away at the start. */
export const consoleHome = (dir: string): string => path.join(dir, 'analytics.console')
