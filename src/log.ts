import { type DestinationStream, type Logger, pino } from 'pino'

export type Log = Logger

/** Paths that must never reach a log line, whatever object is logged. */
const SECRETS = [
  '*.authorization',
  '*.cookie',
  '*.password',
  '*.secret',
  '*.token',
  '*.key',
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'key',
]

/** Structured log, one JSON object a line, to standard output (or where `to` says). Secrets are censored by path. */
export function createLog(level: string, to?: DestinationStream): Log {
  const options = { level, base: null, redact: { paths: SECRETS, censor: '[secret]' } }
  return to ? pino(options, to) : pino(options)
}

export const silentLog = (): Log => pino({ level: 'silent' })
