import { z } from 'zod'
import { newKey } from '../api/auth/keys.ts'
import { hashPassword } from '../api/auth/passwords.ts'
import { splitName } from '../api/auth/setup.ts'
import { systemClock } from '../clock.ts'
import { AppError } from '../errors.ts'
import { silentLog } from '../log.ts'
import { makeDir } from '../make-dir.ts'
import { openControl } from '../storage/control/open.ts'
import { lockDir } from '../storage/lock.ts'
import { CommandError, command, jsonOption, print, UsageError } from './command.ts'
import { passwordFrom, passwordOption } from './password-input.ts'
import { loadSettings } from './settings.ts'

export const setup = command({
  name: 'setup',
  summary: 'Make the owner, the organisation and a first API key, without a browser',
  options: {
    email: { type: 'string', value: 'ADDRESS', help: 'of the owner; owner.email if it is not given' },
    'password-file': passwordOption,
    name: { type: 'string', value: 'NAME', help: 'of the owner' },
    organization: { type: 'string', value: 'NAME', help: 'of the organisation' },
    json: jsonOption,
  },
  details: `For a data directory that is new: the appliance must not run on it yet. The password is asked for on a terminal, else it comes from
--password-file or owner.password. The key is printed once and kept as a hash only.`,
  run: async ({ values }) => {
    const { config } = loadSettings()
    const email = z.email().safeParse(values.email ?? config.owner.email)
    if (!email.success) throw new UsageError('trulayer setup needs --email ADDRESS')
    const password = await passwordFrom(values['password-file'], config.owner.password, 'setup')
    makeDir(config.data_dir)
    const unlock = lockDir(config.data_dir)
    try {
      const control = openControl({ dir: config.data_dir, log: silentLog(), clock: systemClock })
      try {
        const { secret, ...material } = newKey()
        const owner = { email: email.data, passwordHash: await hashPassword(password), ...splitName(values.name) }
        const founded = await control.found({
          organization: values.organization ?? null,
          fallbackName: config.owner.organization,
          plan: config.tenant.plan,
          owner,
          key: material,
          job: 'setup',
        })
        const { tenant, project } = founded
        const data = {
          email: email.data,
          organization: tenant.name,
          project: project.name,
          project_id: project.id,
          key: secret,
        }
        print(
          values.json,
          data,
          `${tenant.name} is set up; ${email.data} signs in as its owner.\n\nAPI key, shown this once:\n${secret}\n\nStart it with: trulayer serve`,
        )
        return 0
      } finally {
        await control.close()
      }
    } catch (error) {
      if (error instanceof AppError) throw new CommandError(error.message)
      throw error
    } finally {
      unlock()
    }
  },
})
