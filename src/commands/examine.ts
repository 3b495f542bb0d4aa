import { accessSync, constants, existsSync, realpathSync, type Stats, statSync } from 'node:fs'
import path from 'node:path'
import { rfc3339, systemClock } from '../clock.ts'
import { type Config, ConfigError, type LoadedConfig, loadConfig } from '../config.ts'
import { unpackInto } from '../parts.ts'
import { KEY_FILE, TRUE_FILES } from '../storage/backup/files.ts'
import { diskUse } from '../storage/disk-use.ts'
import { engineVersions } from '../storage/engines.ts'
import { lookAtTelemetry } from '../storage/inspect.ts'
import { InUseError, lockDir } from '../storage/lock.ts'
import { VERSION } from '../version.ts'
import { contents, integrity } from './examine-files.ts'
import type { Tell } from './finding.ts'
import { size } from './words.ts'

/** No copy of this program can run before it was written. */
const WRITTEN_AT = Date.UTC(2026, 10, 1)
const LITTLE_ROOM = 1e9
const NO_ROOM = 1e6

/** Examines everything an operator can put right, in the order in which one thing rests on another. */
export async function examine(env: Record<string, string | undefined>, cwd: string, tell: Tell): Promise<void> {
  const config = configuration(env, cwd, tell)
  if (!config) return
  unpackInto(env, config.data_dir)
  await engines(tell)
  clock(tell)
  if (!directory(config, tell)) return
  if (!TRUE_FILES.every((name) => existsSync(path.join(config.data_dir, name)))) {
    await disk(config, 0, tell)
    noData(config, tell)
    return
  }
  usage(config, tell)
  if (!integrity(config.data_dir, tell)) return
  const telemetry = lookAtTelemetry(config.data_dir)
  await disk(config, telemetry.reusable, tell)
  await contents(config.data_dir, telemetry, tell)
}

function configuration(env: Record<string, string | undefined>, cwd: string, tell: Tell): Config | null {
  const subject = 'configuration'
  let loaded: LoadedConfig
  try {
    loaded = loadConfig(env, cwd)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    tell({
      subject,
      state: 'problem',
      found: error.message,
      advice: 'Put it right; the appliance does not start with it.',
    })
    return null
  }
  const { file, unknownVariables, config } = loaded
  if (unknownVariables.length > 0) {
    tell({
      subject,
      state: 'warning',
      found: `${unknownVariables.join(', ')} mean nothing here`,
      advice: 'Look for a misspelling: every variable is TRULAYER_ and the path of a key in config.example.yaml.',
    })
  } else {
    tell({ subject, state: 'ok', found: file ?? 'defaults and variables, no file' })
  }
  return config
}

async function engines(tell: Tell): Promise<void> {
  const subject = 'versions'
  try {
    const { sqlite, sqlite_vec: vec, duckdb } = await engineVersions()
    tell({
      subject,
      state: 'ok',
      found: `TruLayer ${VERSION}, Node ${process.version}, SQLite ${sqlite}, sqlite-vec ${vec}, DuckDB ${duckdb}`,
    })
  } catch (error) {
    tell({
      subject,
      state: 'problem',
      found: (error as Error).message,
      advice: 'Without its engines the appliance cannot start.',
    })
  }
}

function clock(tell: Tell): void {
  const now = systemClock.now()
  if (now >= WRITTEN_AT) {
    tell({ subject: 'clock', state: 'ok', found: rfc3339(now) })
    return
  }
  tell({
    subject: 'clock',
    state: 'problem',
    found: `it says ${rfc3339(now)}, which is before this version was made`,
    advice: 'Set the clock (timedatectl set-ntp true): traces, sessions and retention go by it.',
  })
}

function directory({ data_dir: dir }: Config, tell: Tell): boolean {
  const subject = 'data directory'
  let owner: Stats
  try {
    owner = statSync(dir)
  } catch (error) {
    const there = (error as { code?: string }).code !== 'ENOENT'
    const found = there ? (error as Error).message : `${dir} is not there yet; the first start makes it`
    const advice = 'Run this as who owns the data, or as root.'
    tell({ subject, found, ...(there ? { state: 'problem', advice } : { state: 'ok' }) })
    return false
  }
  try {
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    tell({
      subject,
      state: 'problem',
      found: (error as Error).message,
      advice: `Give it to this user: chown -R ${process.getuid?.() ?? 'USER'} ${dir}`,
    })
    return false
  }
  const files = [dir, ...[...TRUE_FILES, KEY_FILE].map((name) => path.join(dir, name))].filter((file) =>
    existsSync(file),
  )
  const { uid, gid } = owner
  const foreign = files.filter((file) => statSync(file).uid !== uid)
  if (foreign.length > 0) {
    tell({
      subject,
      state: 'problem',
      found: `${dir} belongs to user ${uid}, and ${foreign.join(', ')} to another`,
      advice: `Who runs the appliance must own all of it: chown -R ${uid}:${gid} ${realpathSync(dir)}`,
    })
    return true
  }
  const open = files.filter((file) => (statSync(file).mode & 0o077) !== 0)
  if (open.length > 0) {
    tell({
      subject,
      state: 'warning',
      found: `others on this machine may read ${open.join(', ')}`,
      advice: `chmod -R go= ${dir}`,
    })
  } else {
    tell({ subject, state: 'ok', found: `${dir}, readable by its user only` })
  }
  return true
}

async function disk({ data_dir: dir, storage }: Config, reusable: number, tell: Tell): Promise<void> {
  const { used, free } = await diskUse(dir, reusable)
  const limit = storage.max_bytes === null ? '' : ` of ${size(storage.max_bytes)} allowed`
  const finding = { subject: 'disk', found: `${size(used)} used${limit}, ${size(free)} free` }
  const room = Math.min(free - storage.min_free_bytes, (storage.max_bytes ?? Number.POSITIVE_INFINITY) - used)
  const advice = 'Make room, raise the limit, or move the data to a larger disk: see docs/operate.md.'
  if (free < NO_ROOM)
    tell({ ...finding, state: 'problem', advice: `The disk is full, so nothing can be stored. ${advice}` })
  else if (room <= 0)
    tell({ ...finding, state: 'problem', advice: `A limit is reached, so ingest is refused. ${advice}` })
  else if (room < LITTLE_ROOM) tell({ ...finding, state: 'warning', advice })
  else tell({ ...finding, state: 'ok' })
}

function noData({ data_dir: dir }: Config, tell: Tell): void {
  const found = TRUE_FILES.filter((name) => existsSync(path.join(dir, name)))
  if (found.length === 0) {
    tell({ subject: 'files', state: 'ok', found: `no data in ${dir} yet; the first start makes it` })
    return
  }
  tell({
    subject: 'files',
    state: 'problem',
    found: `only ${found.join()} of ${TRUE_FILES.join(' and ')} is there`,
    advice:
      'The two belong together: put back the missing one, or restore a backup with trulayer restore FILE --force.',
  })
}

function usage({ data_dir: dir }: Config, tell: Tell): void {
  try {
    lockDir(dir)()
    tell({ subject: 'process', state: 'ok', found: 'the appliance is not running' })
  } catch (error) {
    if (!(error instanceof InUseError)) throw error
    tell({ subject: 'process', state: 'ok', found: error.message.split('. ')[0] ?? error.message })
  }
}
