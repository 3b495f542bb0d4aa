import { VERSION } from '../version.ts'
import { command, jsonOption, print } from './command.ts'

export const version = command({
  name: 'version',
  summary: 'Print the version',
  options: { json: jsonOption },
  run: async ({ values }) => {
    const data = { version: VERSION, node: process.version, platform: `${process.platform}-${process.arch}` }
    print(values.json, data, VERSION)
    return 0
  },
})
