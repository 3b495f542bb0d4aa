import { hkdfSync, randomBytes } from 'node:crypto'
import { chmodSync, closeSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { ConfigError } from '../../config.ts'
import type { Log } from '../../log.ts'

const BYTES = 32

/**
 * The secret of this appliance, made at the first start and kept in `secret.key` in the data directory, readable by its owner only.
 * What it signs and encrypts is lost with it: it belongs into the backup. Throws `ConfigError` when the file cannot be used.
 */
export function loadSecret(dir: string, log: Log): Buffer {
  const file = path.join(dir, 'secret.key')
  create(file)
  const text = read(file, log)
  const secret = Buffer.from(text.trim(), 'base64url')
  if (secret.length < BYTES) {
    throw new ConfigError(
      `${file} does not hold a secret of ${BYTES} bytes. Put back the one from the backup; if there is none, delete the file: ` +
        'a new one is made at the next start, and everybody has to sign in again.',
    )
  }
  return secret
}

/** A key of its own for each use, so that no two uses can be played against each other. */
export const keyFor = (secret: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `trulayer ${purpose}`, BYTES))

function create(file: string): void {
  let fd: number
  try {
    fd = openSync(file, 'wx', 0o600)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    throw new ConfigError(
      `${file} cannot be created: ${(error as Error).message}. The data directory must be writable.`,
    )
  }
  try {
    writeSync(fd, `${randomBytes(BYTES).toString('base64url')}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function read(file: string, log: Log): string {
  let fd: number | null = null
  try {
    fd = openSync(file, 'r')
    const { mode } = fstatSync(fd)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      chmodSync(file, 0o600)
      log.warn({ file, was: (mode & 0o777).toString(8) }, 'others could read the secret; its permissions are 600 now')
    }
    return readFileSync(fd, 'utf8')
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as Error).message}.`)
  } finally {
    if (fd !== null) closeSync(fd)
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
