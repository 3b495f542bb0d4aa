import path from 'node:path'
import { systemClock } from '../clock.ts'
import { restoreBackup } from '../storage/backup/restore.ts'
import { command, jsonOption, print } from './command.ts'
import { loadSettings } from './settings.ts'
import { holds } from './words.ts'

export const restore = command({
  name: 'restore',
  args: ['FILE'],
  summary: 'Put a backup into the data directory',
  options: {
    force: { type: 'boolean', help: 'put present data aside, into a directory of its own' },
    json: jsonOption,
  },
  details: `The appliance must be stopped. The backup is unpacked, opened and read through beside the present data before anything is replaced, and a
restore that is cut short is finished, or undone, by the next start. A backup of a newer version is refused.`,
  run: async ({ values, args: [file = ''] }) => {
    const { config } = loadSettings()
    const options = { from: path.resolve(file), dataDir: config.data_dir, force: values.force, now: systemClock.now() }
    const { manifest, former } = await restoreBackup(options)
    const { contents, created_at: madeAt, version } = manifest
    const lines = [`Restored ${holds(contents)} to ${config.data_dir}, as of ${madeAt} (version ${version}).`]
    if (former) lines.push(`What was there before is in ${former}; delete that when you are sure.`)
    print(values.json, { data_dir: config.data_dir, former, ...manifest }, lines.join('\n'))
    return 0
  },
})
