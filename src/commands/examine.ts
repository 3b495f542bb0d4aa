import { accessSync, constants, existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { rfc3339, systemClock } from '../clock.ts'
import { type Config, ConfigError, type LoadedConfig, loadConfig } from '../config.ts'
import { unpackInto } from '../parts.ts'
import { damageOf, MIGRATIONS } from '../storage/backup/check.ts'
import { KEY_FILE, TRUE_FILES } from '../storage/backup/files.ts'
import { readAuditChains } from '../storage/control/audit-chains.ts'
import { diskUse } from '../storage/disk-use.ts'
import { engineVersions } from '../storage/engines.ts'
import { type ControlLook, lookAtControl, lookAtTelemetry, type TelemetryLook } from '../storage/inspect.ts'
import { InUseError, lockDir } from '../storage/lock.ts'
import { type Mark, readMark } from '../storage/soundness/mark.ts'
import { VERSION } from '../version.ts'
import { number, size } from './words.ts'

export interface Finding {
  subject: string
  state: 'ok' | 'warning' | 'problem'
  found: string
  /** What to do about it. */
  advice?: string
}

type Tell = (finding: Finding) => void

/** A clock this far behind what is stored was set back, or is wrong. */
const CLOCK_SLACK_MS = 5 * 60_000
/** No copy of this program can run before it was written. */
const WRITTEN_AT = Date.UTC(2026, 10, 1)
const LARGE_WAL = 1e9
const LITTLE_ROOM = 1e9

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
  if (!integrity(config, tell)) return
  const telemetry = lookAtTelemetry(config.data_dir)
  const control = lookAtControl(config.data_dir)
  await disk(config, telemetry.reusable, tell)
  if (!schemas(telemetry, control, tell)) return
  logHead(telemetry, tell)
  storedTimes(telemetry, control, tell)
  writeAheadLogs(telemetry, control, tell)
  followers(telemetry, control, tell)
  await audit(config, tell)
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
  if (!existsSync(dir)) {
    tell({ subject, state: 'ok', found: `${dir} is not there yet; the first start makes it` })
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
  const open = [dir, ...[...TRUE_FILES, KEY_FILE].map((name) => path.join(dir, name))]
    .filter((file) => existsSync(file))
    .filter((file) => (statSync(file).mode & 0o077) !== 0)
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
  if (room <= 0) tell({ ...finding, state: 'problem', advice: `A limit is reached, so ingest is refused. ${advice}` })
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

function integrity({ data_dir: dir }: Config, tell: Tell): boolean {
  let sound = true
  const mark = readMark(dir)
  for (const name of TRUE_FILES) {
    const file = path.join(dir, name)
    const damage = damageOf(file)
    if (damage.length === 0) {
      tell({ subject: name, state: 'ok', found: `${size(statSync(file).size)}, every page is sound` })
      if (mark?.file === name) tell(noLonger(mark))
      continue
    }
    sound = false
    tell({
      subject: name,
      state: 'problem',
      found: `damaged: ${damage[0]}${mark?.file === name ? `; the appliance came upon it at ${mark.at}, and does not start any more` : ''}`,
      advice:
        'Stop the appliance and restore the latest backup: trulayer restore FILE --force (the damaged files are kept aside).',
    })
  }
  return sound
}

const noLonger = ({ file, found, at }: Mark): Finding => ({
  subject: file,
  state: 'ok',
  found: `it was damaged at ${at} (${found}) and is not any more: the next start looks again and goes on`,
})

function schemas(telemetry: TelemetryLook, control: ControlLook, tell: Tell): boolean {
  let usable = true
  for (const [name, { schema }] of [
    ['telemetry.db', telemetry],
    ['control.db', control],
  ] as const) {
    const known = MIGRATIONS[name].length
    if (schema === known) continue
    if (schema < known) {
      tell({
        subject: name,
        state: 'ok',
        found: `schema ${schema}; the next start brings it to ${known} and keeps a copy`,
      })
      continue
    }
    usable = false
    tell({
      subject: name,
      state: 'problem',
      found: `a newer version wrote it (schema ${schema}, this version knows ${known})`,
      advice: 'Start that version again, or restore a backup made by this one.',
    })
  }
  return usable
}

function logHead({ head, lastSeq }: TelemetryLook, tell: Tell): void {
  if (lastSeq <= head) {
    tell({ subject: 'log', state: 'ok', found: `${number(head)} changes` })
    return
  }
  tell({
    subject: 'log',
    state: 'problem',
    found: `a trace has number ${lastSeq}, and the log ends at ${head}`,
    advice: 'telemetry.db was changed by something else than TruLayer: restore a backup.',
  })
}

function storedTimes(telemetry: TelemetryLook, control: ControlLook, tell: Tell): void {
  const newest = Math.max(telemetry.newestAt ?? 0, control.newestAt ?? 0)
  const ahead = newest - systemClock.now()
  if (ahead <= CLOCK_SLACK_MS) return
  tell({
    subject: 'clock',
    state: 'warning',
    found: `the latest stored time is ${rfc3339(newest)}, ${number(Math.round(ahead / 60_000))} minutes ahead of this clock`,
    advice:
      'The clock was set back, or was wrong then. Check it; nothing is lost, but new traces stand before those in lists.',
  })
}

function writeAheadLogs(telemetry: TelemetryLook, control: ControlLook, tell: Tell): void {
  const bytes = telemetry.walBytes + control.walBytes
  if (bytes < LARGE_WAL) return
  tell({
    subject: 'write-ahead log',
    state: 'warning',
    found: size(bytes),
    advice:
      'A long read, such as a backup, keeps it from being folded into the file. If it stays, restart the appliance.',
  })
}

function followers({ head }: TelemetryLook, { places }: ControlLook, tell: Tell): void {
  for (const { name, seq } of places) {
    const lag = head - seq
    if (lag >= 0) {
      tell({
        subject: `follower ${name}`,
        state: 'ok',
        found: lag === 0 ? 'up to date' : `${number(lag)} changes behind; it catches up while the appliance runs`,
      })
      continue
    }
    tell({
      subject: `follower ${name}`,
      state: 'problem',
      found: `it stands at ${seq}, and the log ends at ${head}`,
      advice: 'telemetry.db and control.db are not of one moment: restore both from one backup.',
    })
  }
}

async function audit({ data_dir: dir }: Config, tell: Tell): Promise<void> {
  for (const { organization, check } of await readAuditChains(dir)) {
    if (check.ok) {
      tell({
        subject: 'audit log',
        state: 'ok',
        found: `${organization}: ${number(check.head.n)} entries, all in order`,
      })
      continue
    }
    tell({
      subject: 'audit log',
      state: 'problem',
      found: `${organization}: entry ${check.n} is wrong: ${check.reason}`,
      advice: 'Keep a copy of control.db as evidence, and compare with a backup: trulayer verify-audit says more.',
    })
  }
}
