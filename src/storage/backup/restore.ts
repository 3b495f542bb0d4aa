import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeDir } from '../../make-dir.ts'
import { lockDir } from '../lock.ts'
import { handOver } from '../ownership.ts'
import { removeMark } from '../soundness/mark.ts'
import { type Manifest, readArchive, syncDir } from './archive.ts'
import { checkFiles } from './check.ts'
import { BACKED_UP, BackupError, DERIVED, TRUE_FILES } from './files.ts'

/** Where the files of a backup stand until all of them are there and sound. */
const STAGE = 'restoring'
/** Once this file exists the restore will be finished, by this process or by the next start. */
const DECIDED = 'restore.json'

interface Decision {
  /** The directory, inside of the data directory, that takes what was there before. */
  former: string
}

export interface RestoreOptions {
  /** The backup. */
  from: string
  dataDir: string
  /** Put the present data aside. */
  force: boolean
  /** Milliseconds since the epoch, for the name of the directory that takes the former data. */
  now: number
}

export interface Restored {
  manifest: Manifest
  /** Where the former data is; null when there was none. */
  former: string | null
}

/**
 * Puts a backup into `dataDir`. The files are written beside the present ones, opened and read through before anything is replaced; from then
 * on a crash at any point leaves a directory that the next start finishes. Former data is kept in a directory of its own.
 * Throws `InUseError` while an appliance runs there, `BackupError` for everything else that is wrong.
 */
export async function restoreBackup({ from, dataDir, force, now }: RestoreOptions): Promise<Restored> {
  if (!existsSync(from)) throw new BackupError(`There is no ${from}.`)
  makeDir(dataDir)
  const unlock = lockDir(dataDir)
  try {
    finishRestore(dataDir)
    const occupied = TRUE_FILES.some((name) => existsSync(path.join(dataDir, name)))
    if (occupied && !force) {
      throw new BackupError(
        `${dataDir} holds data already. With --force it is put aside, into a directory of its own, and the backup takes its place.`,
      )
    }
    const former = `before-restore-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`
    const manifest = await stage(from, dataDir, { former })
    if (occupied) renameSync(path.join(dataDir, STAGE, former), path.join(dataDir, former))
    await decide(dataDir)
    finishRestore(dataDir)
    return { manifest, former: occupied ? path.join(dataDir, former) : null }
  } finally {
    unlock()
  }
}

/** From the decision on it may be somebody else who finishes the restore, so what they need is made here, and theirs. */
async function stage(from: string, dataDir: string, decision: Decision): Promise<Manifest> {
  const dir = path.join(dataDir, STAGE)
  try {
    const manifest = await readArchive(from, dir)
    checkFiles(dir)
    await writeFile(path.join(dir, DECIDED), JSON.stringify(decision), { mode: 0o600, flush: true })
    mkdirSync(path.join(dir, decision.former), { mode: 0o700 })
    handOver(dir, dataDir)
    await syncDir(dir)
    return manifest
  } catch (error) {
    rmSync(dir, { recursive: true, force: true })
    throw error
  }
}

async function decide(dataDir: string): Promise<void> {
  renameSync(path.join(dataDir, STAGE, DECIDED), path.join(dataDir, DECIDED))
  await syncDir(dataDir)
}

/**
 * Finishes a restore that was decided, and removes what is left of one that was not. Every step may be repeated. For whoever holds the lock of
 * the directory, before anything in it is opened.
 */
export function finishRestore(dataDir: string): void {
  const stage = path.join(dataDir, STAGE)
  const decided = path.join(dataDir, DECIDED)
  if (existsSync(decided)) {
    const { former } = JSON.parse(readFileSync(decided, 'utf8')) as Decision
    for (const name of BACKED_UP) replace(dataDir, name, path.join(dataDir, former))
    for (const name of Object.values(DERIVED)) removeDerived(dataDir, name)
    // What was found wrong was found in the files that went.
    removeMark(dataDir)
  }
  // The decision goes last: as long as it is there, nothing is taken for left over.
  rmSync(stage, { recursive: true, force: true })
  rmSync(decided, { force: true })
}

function replace(dataDir: string, name: string, former: string): void {
  const next = path.join(dataDir, STAGE, name)
  if (!existsSync(next)) return
  // With its write-ahead log, which would otherwise be taken for that of the new file.
  for (const part of [name, `${name}-wal`, `${name}-shm`]) {
    const present = path.join(dataDir, part)
    if (!existsSync(present)) continue
    makeDir(former)
    renameSync(present, path.join(former, part))
  }
  renameSync(next, path.join(dataDir, name))
}

/** Removes a derived file with everything that its engine keeps beside it: `search.db`, `search.db-wal`. */
export function removeDerived(dataDir: string, name: string): string[] {
  const found = readdirSync(dataDir).filter(
    (file) => file === name || file.startsWith(`${name}-`) || file.startsWith(`${name}.`),
  )
  for (const file of found) rmSync(path.join(dataDir, file), { recursive: true, force: true })
  return found
}
