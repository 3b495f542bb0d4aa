import { existsSync, rmSync, statfsSync, statSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import path from 'node:path'
import { makeDir } from '../../make-dir.ts'
import { describeFiles, type Manifest, readArchive, syncDir, writeArchive } from './archive.ts'
import { checkFiles } from './check.ts'
import { BackupError, TRUE_FILES } from './files.ts'
import { copyTrueFiles, type Progress } from './snapshot.ts'

export interface BackupOptions {
  dataDir: string
  /** The new file. */
  to: string
  /** Of TruLayer. */
  version: string
  /** RFC 3339 UTC. */
  now: string
  onProgress(progress: Progress): void
}

/**
 * Makes a backup, while the appliance runs or not: both files as they were at one moment, opened and read through, packed, and the pack read
 * through once more. Only then does `to` exist; whatever goes wrong before leaves nothing behind.
 */
export async function makeBackup({ dataDir, to, version, now, onProgress }: BackupOptions): Promise<Manifest> {
  if (existsSync(to)) throw new BackupError(`${to} exists already, and a backup overwrites nothing.`)
  const dir = path.dirname(to)
  if (!existsSync(dir)) throw new BackupError(`There is no directory ${dir}.`)
  assertRoom(dataDir, dir)
  const work = `${to}.${process.pid}.partial`
  const copies = path.join(work, 'files')
  const packed = path.join(work, 'backup.tar.gz')
  try {
    makeDir(copies)
    await copyTrueFiles(dataDir, copies, onProgress)
    const contents = checkFiles(copies)
    const manifest: Manifest = { format: 1, version, created_at: now, contents, files: await describeFiles(copies) }
    await writeArchive(copies, manifest, packed)
    await readArchive(packed, null)
    await rename(packed, to)
    await syncDir(dir)
    return manifest
  } catch (error) {
    throw onDisk(error, dir)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The copies stand beside the pack until it is made; that it shrinks is likely, but not certain. */
function assertRoom(dataDir: string, dir: string): void {
  const files = TRUE_FILES.flatMap((name) => [name, `${name}-wal`])
    .map((name) => path.join(dataDir, name))
    .filter((file) => existsSync(file))
  const needed = files.reduce((sum, file) => sum + statSync(file).size, 0)
  const { bavail, bsize } = statfsSync(dir)
  const free = bavail * bsize
  if (free > needed * 1.25) return
  throw new BackupError(
    `A backup needs about ${megabytes(needed * 1.25)} in ${dir} while it is made, and ${megabytes(free)} are free. Make room, or name a file on another disk.`,
  )
}

function onDisk(error: unknown, dir: string): unknown {
  const { code = '', message } = error as { code?: string; message: string }
  if (/^(EACCES|EPERM|EROFS)$/.test(code))
    return new BackupError(
      `The backup cannot be made: ${message}. Run this as who may read the data and write to ${dir}.`,
    )
  if (!/^(ENOSPC|EDQUOT|EFBIG|EIO|SQLITE_FULL|SQLITE_IOERR.*)$/.test(code)) return error
  return new BackupError(
    `The backup cannot be written to ${dir}: ${message}. Make room there, or name a file on another disk; nothing was left behind.`,
  )
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`
