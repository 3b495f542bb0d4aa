import type { Contents } from '../storage/backup/check.ts'

/** `1,234 traces, 5,678 spans, 2 projects`. */
export const holds = ({ traces, spans, projects }: Contents): string =>
  `${number(traces)} traces, ${number(spans)} spans, ${number(projects)} projects`

/** `12.3 MB`, of a million bytes; `4.5 GB`. */
export const size = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`

export const number = (n: number): string => n.toLocaleString('en')
