import { existsSync } from 'node:fs'
import path from 'node:path'
import { missing } from '../storage/backup/files.ts'
import { readAuditChains } from '../storage/control/audit-chains.ts'
import { storageFault } from '../storage/faults.ts'
import { CommandError, command, jsonOption, print } from './command.ts'
import { loadSettings } from './settings.ts'
import { number } from './words.ts'

export const verifyAudit = command({
  name: 'verify-audit',
  summary: 'Hold every entry of the audit log against its hash',
  options: { json: jsonOption },
  details: `Walks the chain of each organisation from its first entry and names the first one that is missing, moved or altered. Exit code 1 if there is one.
Works while the appliance runs. Entries cut off at the end of a chain show only against a head that was noted elsewhere: it is printed for that.`,
  run: async ({ values }) => {
    const { data_dir: dir } = loadSettings().config
    const file = path.join(dir, 'control.db')
    if (!existsSync(file)) throw new CommandError(missing(file))
    const chains = await readAuditChains(dir).catch((error: unknown) => {
      if (storageFault(error) === null) throw error
      throw new CommandError(`${file} cannot be read: ${(error as Error).message}. trulayer doctor says more.`)
    })
    const lines = chains.map(({ organization, check }) =>
      check.ok
        ? `${organization}: ${number(check.head.n)} entries, all in order; head ${check.head.hash}`
        : `${organization}: entry ${check.n} (${check.id}) is wrong: ${check.reason}`,
    )
    print(
      values.json,
      chains,
      lines.length > 0 ? lines.join('\n') : 'There is no organisation yet, so there is no audit log.',
    )
    return chains.every(({ check }) => check.ok) ? 0 : 1
  },
})
