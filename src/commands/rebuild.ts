import { setTimeout as pause } from 'node:timers/promises'
import { DERIVED } from '../storage/backup/files.ts'
import { removeDerived } from '../storage/backup/restore.ts'
import { InUseError, lockDir } from '../storage/lock.ts'
import { type Derived, rebuildRequested, requestRebuild, withdrawRequest } from '../storage/rebuild-requests.ts'
import { CommandError, command, jsonOption, print, UsageError } from './command.ts'
import { loadSettings } from './settings.ts'

/** A running appliance looks every second, and may be busy. */
const HEEDED_WITHIN_MS = 30_000
const LOOK_MS = 100

export const rebuild = command({
  name: 'rebuild',
  args: ['search|analytics'],
  summary: 'Have a derived file made anew from the true ones',
  options: { json: jsonOption },
  details: `A running appliance begins at once and goes on serving; otherwise the next start does. /ready shows how far it is (progress of the follower).
Until it is done, searches and charts answer from what is in. Nothing is lost by it: search.db and analytics.duckdb hold nothing that
telemetry.db does not.`,
  run: async ({ values, args: [what = ''] }) => {
    if (!isDerived(what)) throw new UsageError(`trulayer rebuild takes search or analytics, not ${what}`)
    const { config } = loadSettings()
    const file = DERIVED[what]
    const unlock = lockUnlessRunning(config.data_dir)
    if (unlock === null) {
      await ask(config.data_dir, what)
      print(values.json, { file, begun: true }, `The running appliance makes ${file} anew; /ready shows how far it is.`)
      return 0
    }
    try {
      const removed = removeDerived(config.data_dir, file)
      withdrawRequest(config.data_dir, what)
      const text =
        removed.length > 0
          ? `Removed ${removed.join(', ')}; the next start makes it again.`
          : 'There was none; the next start makes it.'
      print(values.json, { file, begun: false }, text)
      return 0
    } finally {
      unlock()
    }
  },
})

const isDerived = (what: string): what is Derived => what in DERIVED

/** Null: an appliance runs there. */
function lockUnlessRunning(dir: string): (() => void) | null {
  try {
    return lockDir(dir)
  } catch (error) {
    if (error instanceof InUseError) return null
    throw error
  }
}

async function ask(dir: string, what: Derived): Promise<void> {
  requestRebuild(dir, what)
  for (let waited = 0; rebuildRequested(dir, what); waited += LOOK_MS) {
    if (waited > HEEDED_WITHIN_MS) {
      withdrawRequest(dir, what)
      throw new CommandError(
        `The appliance that uses ${dir} does not begin to make ${DERIVED[what]} anew; its log says why. An earlier version cannot while it runs: stop it first.`,
      )
    }
    await pause(LOOK_MS)
  }
}
