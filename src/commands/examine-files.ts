import { statSync } from 'node:fs'
import path from 'node:path'
import { rfc3339, systemClock } from '../clock.ts'
import { damageOf, MIGRATIONS } from '../storage/backup/check.ts'
import { TRUE_FILES } from '../storage/backup/files.ts'
import { readAuditChains } from '../storage/control/audit-chains.ts'
import { type ControlLook, lookAtControl, type TelemetryLook } from '../storage/inspect.ts'
import { type Mark, readMark } from '../storage/soundness/mark.ts'
import type { Finding, Tell } from './finding.ts'
import { number, size } from './words.ts'

/** A clock this far behind what is stored was set back, or is wrong. */
const CLOCK_SLACK_MS = 5 * 60_000
const LARGE_WAL = 1e9

/** Answers whether every page of the true files is sound. */
export function integrity(dir: string, tell: Tell): boolean {
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

/** What stands in the true files, where it can be read: whether it is of this version, of one moment, and in order. */
export async function contents(dir: string, telemetry: TelemetryLook, tell: Tell): Promise<void> {
  const control = lookAtControl(dir)
  if (!schemas(telemetry, control, tell)) return
  logHead(telemetry, tell)
  storedTimes(telemetry, control, tell)
  writeAheadLogs(telemetry, control, tell)
  followers(telemetry, control, tell)
  await audit(dir, tell)
}

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

async function audit(dir: string, tell: Tell): Promise<void> {
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
