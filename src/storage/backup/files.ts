import { OperatorError } from '../../errors.ts'

/** What a backup holds: the two true files and the key. In the order in which they are put back. */
export const TRUE_FILES = ['telemetry.db', 'control.db'] as const
export const KEY_FILE = 'secret.key'
export const BACKED_UP = [KEY_FILE, ...TRUE_FILES] as const

/** Made of the true files, and made again when they are missing; by how their names begin. */
export const DERIVED = { search: 'search.db', analytics: 'analytics.duckdb' } as const

/** A backup cannot be made or put back; the message says why and what to do. */
export class BackupError extends OperatorError {
  override name = 'BackupError'
}

/** Why a file of the data directory is not to be had: it is not there, or this user may not see whether it is. */
export const missing = (file: string): string =>
  `There is no ${file}, or this user may not see it. Set TRULAYER_DATA_DIR to the directory that holds the data, and run this as who owns that, or as root.`
