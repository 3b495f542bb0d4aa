/** The scripts of the program: what `node` starts, and what `storage/threads.ts` starts as threads. */
export const MAIN = 'src/main.ts'

export const THREADS: Record<string, string> = {
  'writer-thread': 'src/storage/telemetry/writer-thread.ts',
  'reader-thread': 'src/storage/telemetry/reader-thread.ts',
  'console-thread': 'src/storage/analytics/console/console-thread.ts',
  'parquet-thread': 'src/storage/analytics/parquet/parquet-thread.ts',
  'analytics-thread': 'src/storage/analytics/analytics-thread.ts',
  'indexer-thread': 'src/storage/search/indexer-thread.ts',
  'check-thread': 'src/storage/soundness/check-thread.ts',
}

/**
 * A script stays in memory as long as it runs, and one character outside of ASCII doubles what it takes: comments go, and names stay, for whoever
 * reads a stack trace.
 */
export const COMPACT = {
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 200,
  legalComments: 'none',
  charset: 'ascii',
} as const
