import { existsSync } from 'node:fs'
import path from 'node:path'
import { demoWish } from '../api/demo/contract.ts'
import { type DemoAnswer, presentDemo } from '../api/demo/present.ts'
import { explain } from '../api/http/mount.ts'
import { startApp } from '../app.ts'
import { systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { silentLog } from '../log.ts'
import type { Job } from '../storage/control/actor.ts'
import type { DemoWish } from '../storage/control/demos.ts'
import { InUseError, lockDir } from '../storage/lock.ts'
import { addressHere } from './address.ts'
import { CommandError } from './command.ts'
import { loadSettings } from './settings.ts'

/** Where the demo goes: a running appliance, or one that is started for it. */
export interface DemoPlace {
  /** Null: it stops with the command. */
  url: string | null
  load(wish: DemoWish): Promise<DemoAnswer>
  remove(): Promise<DemoAnswer>
  state(): Promise<DemoAnswer>
  close(): Promise<void>
}

/** The appliance at `url`, else the one that runs on the data directory, else one that is started on it. */
export async function demoPlace({
  url,
  key,
}: {
  url: string | undefined
  key: string | undefined
}): Promise<DemoPlace> {
  const { config } = loadSettings()
  const known = key ?? config.owner.api_key ?? undefined
  if (url !== undefined) return running(url, known)
  if (!existsSync(path.join(config.data_dir, 'control.db'))) throw notSetUp(config)
  if (isInUse(config.data_dir)) return running(addressHere(config.server), known)
  return started(config)
}

const notSetUp = ({ data_dir }: Config): CommandError =>
  new CommandError(
    `Nothing is set up in ${data_dir} yet: run trulayer setup, or trulayer serve and open the link that it prints. For an appliance elsewhere, or of another user, give --url and --key.`,
  )

function isInUse(dir: string): boolean {
  try {
    lockDir(dir)()
    return false
  } catch (error) {
    if (error instanceof InUseError) return true
    throw error
  }
}

function running(given: string, key: string | undefined): DemoPlace {
  const url = given.replace(/\/+$/, '')
  if (!key) throw new CommandError('An appliance runs here, and wants a key: give --key, or set TRULAYER_API_KEY.')
  const call = (method: string, body?: DemoWish) => ask(`${url}/v1/demo`, { method, key, body })
  return {
    url,
    load: (wish) => call('POST', wish),
    remove: () => call('DELETE'),
    state: () => call('GET'),
    close: async () => {},
  }
}

async function ask(
  url: string,
  { method, key, body }: { method: string; key: string; body: DemoWish | undefined },
): Promise<DemoAnswer> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }
  const answer = await fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) }).catch(
    (error: Error) => {
      throw new CommandError(`${url} does not answer: ${(error.cause as Error | undefined)?.message ?? error.message}`)
    },
  )
  const text = await answer.text()
  if (answer.ok) return JSON.parse(text) as DemoAnswer
  throw new CommandError(`${method} ${url} answered ${answer.status}: ${sentenceOf(text)}`)
}

function sentenceOf(text: string): string {
  try {
    return (JSON.parse(text) as { error?: string }).error ?? text
  } catch {
    return text.slice(0, 200)
  }
}

/** On an address that only this machine has, and a port that nobody knows. */
async function started(config: Config): Promise<DemoPlace> {
  const server = { ...config.server, host: '127.0.0.1', port: 0 }
  const app = await startApp({ config: { ...config, server }, clock: systemClock, log: silentLog() })
  const [tenant, another] = await app.control.tenants.list()
  if (!tenant || another) {
    await app.stop()
    throw tenant
      ? new CommandError('There are several organisations here: run trulayer serve, and then this with --key.')
      : notSetUp(config)
  }
  const actor: Job = { kind: 'job', tenantId: tenant.id, plan: tenant.plan, name: 'trulayer demo' }
  return {
    url: null,
    load: async (wish) => presentDemo(await app.demo.load(actor, checked(wish)).catch(explained)),
    remove: async () => presentDemo(await app.demo.remove(actor)),
    state: async () => presentDemo(await app.demo.state(tenant.id)),
    close: () => app.stop(),
  }
}

/** The bounds of the endpoint hold here too. */
function checked(wish: DemoWish): DemoWish {
  const result = demoWish.safeParse(wish)
  if (!result.success) throw new CommandError(explain(result.error, 'demo'))
  return result.data
}

function explained(error: unknown): never {
  throw error instanceof AppError ? new CommandError(error.message) : error
}
