import { DERIVED } from '../storage/backup/files.ts'
import { removeDerived } from '../storage/backup/restore.ts'
import { lockDir } from '../storage/lock.ts'
import { command, UsageError } from './command.ts'
import { loadSettings } from './settings.ts'

export const rebuild = command({
  name: 'rebuild',
  args: ['search|analytics'],
  summary: 'Have a derived file made anew from the true ones',
  details: `The appliance must be stopped for a moment: the file is removed here, and the next start makes it again while it serves. /ready shows how far it is.
Nothing is lost by it: search.db and analytics.duckdb hold nothing that telemetry.db does not.`,
  run: async ({ args: [what = ''] }) => {
    if (!(what in DERIVED)) throw new UsageError(`trulayer rebuild takes search or analytics, not ${what}`)
    const { config } = loadSettings()
    const unlock = lockDir(config.data_dir)
    try {
      const removed = removeDerived(config.data_dir, DERIVED[what as keyof typeof DERIVED])
      process.stdout.write(
        removed.length > 0
          ? `Removed ${removed.join(', ')}; the next start makes it again.\n`
          : 'There was none; the next start makes it.\n',
      )
      return 0
    } finally {
      unlock()
    }
  },
})
