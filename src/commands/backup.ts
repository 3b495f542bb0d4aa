import { statSync } from 'node:fs'
import path from 'node:path'
import { rfc3339, systemClock } from '../clock.ts'
import { makeBackup } from '../storage/backup/backup.ts'
import { VERSION } from '../version.ts'
import { command, jsonOption, print } from './command.ts'
import { loadSettings } from './settings.ts'
import { holds, size } from './words.ts'

export const backup = command({
  name: 'backup',
  args: ['FILE'],
  summary: 'Write a backup to FILE, also while the appliance runs',
  options: { json: jsonOption },
  details: `FILE is a .tar.gz with telemetry.db and control.db as they were at one moment, and secret.key. The copies are opened and read through, and
so is FILE, before it gets its name; if anything fails, nothing is left behind. It needs about as much room beside FILE as the data takes.
Keep it as you keep the data directory: it holds everything, also the key. Not in it: your configuration and TLS certificates.`,
  run: async ({ values, args: [file = ''] }) => {
    const { config } = loadSettings()
    const to = path.resolve(file)
    const show = progressLine()
    const manifest = await makeBackup({
      dataDir: config.data_dir,
      to,
      version: VERSION,
      now: rfc3339(systemClock.now()),
      onProgress: ({ file, done }) => show(`copying ${file} ${Math.floor(done * 100)} %`),
    })
    show('')
    const bytes = statSync(to).size
    print(values.json, { file: to, bytes, ...manifest }, `${to}  ${size(bytes)}, ${holds(manifest.contents)}`)
    return 0
  },
})

/** One line on a terminal that is written over; nothing where nobody watches. */
function progressLine(): (text: string) => void {
  return (text) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
  }
}
