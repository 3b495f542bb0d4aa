import type { AnalyticsQuestion } from './questions/index.ts'

/** What the main thread and the analytics thread say to each other. */
export interface AnalyticsData {
  /** The data directory. */
  dir: string
  telemetryFile: string
  memoryBytes: number
  /** What was brought is folded into the file after so long. */
  foldMs: number
  threads: number
  logLevel: string
}

export type ToAnalytics =
  /** Bring the log in up to its end. */
  | { kind: 'follow'; id: number }
  /** `at`: the place of the log that the answer must have seen, if that does not take too long. */
  | { kind: 'ask'; id: number; question: AnalyticsQuestion; ask: unknown; at: number }
  /** Throw the file away and begin again at the start of the log. */
  | { kind: 'startOver'; id: number }
  | { kind: 'close' }

export type FromAnalytics =
  | { kind: 'ready'; place: number; kept: number; head: number }
  | { kind: 'failed'; message: string }
  /** Sent after each step. `kept`: as far as what is in is in the file too. */
  | { kind: 'place'; place: number; kept: number }
  | { kind: 'followed'; id: number }
  | { kind: 'startedOver'; id: number }
  /** `behind`: changes of the log before `at` that the answer has not seen. */
  | { kind: 'answer'; id: number; value: unknown; behind: number }
  | { kind: 'error'; id: number; name: string; message: string }
