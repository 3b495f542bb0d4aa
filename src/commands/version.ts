import { engineVersions } from '../storage/engines.ts'
import { VERSION } from '../version.ts'
import { command, jsonOption, print } from './command.ts'
import { loadSettings } from './settings.ts'

export const version = command({
  name: 'version',
  summary: 'Print the version',
  options: { json: jsonOption },
  details: 'With --json also the versions of what is inside.',
  run: async ({ values }) => {
    if (!values.json) {
      print(false, null, VERSION)
      return 0
    }
    loadSettings()
    const inside = {
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      ...(await engineVersions()),
    }
    print(true, { version: VERSION, ...inside }, '')
    return 0
  },
})
