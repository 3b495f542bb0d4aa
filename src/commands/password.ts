import { existsSync } from 'node:fs'
import path from 'node:path'
import { hashPassword } from '../api/auth/passwords.ts'
import { systemClock } from '../clock.ts'
import { silentLog } from '../log.ts'
import { missing } from '../storage/backup/files.ts'
import { openControl } from '../storage/control/open.ts'
import { lockDir } from '../storage/lock.ts'
import { CommandError, command, jsonOption, print, UsageError } from './command.ts'
import { passwordFrom, passwordOption } from './password-input.ts'
import { loadSettings } from './settings.ts'

export const password = command({
  name: 'password',
  summary: 'Give somebody who cannot sign in any more a new password',
  options: {
    email: { type: 'string', value: 'ADDRESS', help: 'of the account' },
    'password-file': passwordOption,
    json: jsonOption,
  },
  details: `The appliance must be stopped. The password is asked for on a terminal, else it comes from --password-file. Whoever is signed in to the account is
signed out, and the audit log tells of it. API keys go on.`,
  run: async ({ values }) => {
    const { data_dir: dir } = loadSettings().config
    const { email } = values
    if (email === undefined) throw new UsageError('trulayer password needs --email ADDRESS')
    const file = path.join(dir, 'control.db')
    if (!existsSync(file)) throw new CommandError(missing(file))
    const unlock = lockDir(dir)
    try {
      const control = openControl({ dir, log: silentLog(), clock: systemClock })
      try {
        const user = await control.users.byEmail(email)
        if (!user) throw new CommandError(`Nobody here has the address ${email}.`)
        const hash = await hashPassword(await passwordFrom(values['password-file'], null, 'password'))
        const ended = await control.users.setPassword(user.id, hash, 'trulayer password')
        const sessions = ended === 1 ? '1 session was' : `${ended} sessions were`
        print(
          values.json,
          { email: user.email, sessions_ended: ended },
          `${user.email} has a new password; ${sessions} ended.`,
        )
        return 0
      } finally {
        await control.close()
      }
    } finally {
      unlock()
    }
  },
})
