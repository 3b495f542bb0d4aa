import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Config, ConfigError } from '../../config.ts'
import { AppError } from '../../errors.ts'
import type { NewOwner } from '../../storage/control/founding.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import { keyMaterial } from './keys.ts'
import { hashPassword } from './passwords.ts'

/** Ready for log-ins, or waiting for the person who opens the set-up link with this token. */
export type SetupState = { kind: 'ready' } | { kind: 'needs_setup'; token: string }

/** Guards the set-up of a new appliance: the token is known only to who can read what the process prints, and dies with it. */
export class SetupGate {
  readonly #control: ControlStore
  #token: string | null = null

  constructor(control: ControlStore) {
    this.#control = control
  }

  /** Makes the token, as long as there is no owner. */
  async open(): Promise<SetupState> {
    if (!(await this.needed())) return { kind: 'ready' }
    this.#token ??= randomBytes(32).toString('base64url')
    return { kind: 'needs_setup', token: this.#token }
  }

  async needed(): Promise<boolean> {
    return !(await this.#control.users.anyOwner())
  }

  /** Throws `already_set_up`, or `setup_token_invalid`. */
  async check(token: string): Promise<void> {
    if (!(await this.needed())) throw new AppError('already_set_up', 'This appliance is set up already; sign in.')
    if (this.#token === null || !timingSafeEqual(sha256(token), sha256(this.#token))) {
      throw new AppError(
        'setup_token_invalid',
        'This set-up link is not valid any more; use the one that the last start printed.',
      )
    }
  }
}

export interface BootstrapOptions {
  control: ControlStore
  config: Pick<Config, 'owner' | 'tenant'>
  gate: SetupGate
}

/**
 * The first start without a browser: owner, organisation, default project and key from the configuration. Runs at every start and
 * does nothing once there is an owner. A key alone makes everything but the owner, who still comes by the set-up link.
 * Throws `ConfigError` when of e-mail and password only one is given.
 */
export async function bootstrap({ control, config, gate }: BootstrapOptions): Promise<SetupState> {
  if (!(await gate.needed())) return { kind: 'ready' }
  const owner = await configuredOwner(config.owner)
  const isNew = (await control.tenants.list()).length === 0
  const key = isNew && config.owner.api_key !== null ? keyMaterial(config.owner.api_key) : null
  if (owner || key) {
    await control.found({
      organization: null,
      fallbackName: config.owner.organization,
      plan: config.tenant.plan,
      owner,
      key,
      job: 'bootstrap',
    })
  }
  return gate.open()
}

async function configuredOwner({ email, password }: Config['owner']): Promise<NewOwner | null> {
  if (email === null && password === null) return null
  if (email === null || password === null) {
    throw new ConfigError(
      'owner.email and owner.password belong together: set both, or neither and use the set-up link.',
    )
  }
  return { email, passwordHash: await hashPassword(password), firstName: null, lastName: null }
}

/** "Ada King Lovelace" → Ada, King Lovelace. */
export function splitName(name: string | undefined): { firstName: string | null; lastName: string | null } {
  const [firstName = '', ...rest] = name?.trim().split(/\s+/) ?? []
  return { firstName: firstName || null, lastName: rest.join(' ') || null }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
