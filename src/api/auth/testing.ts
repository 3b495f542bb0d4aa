import type { Express, RequestHandler } from 'express'
import supertest, { type Response as Answer } from 'supertest'
import { type Config, defaultConfig } from '../../config.ts'
import type { ApiKeyId, TenantId } from '../../ids.ts'
import { silentLog } from '../../log.ts'
import { Metrics } from '../../metrics.ts'
import type { Role } from '../../storage/control/actor.ts'
import { TestControl } from '../../storage/control/testing.ts'
import { apiKeyHandlers } from '../apikeys/handlers.ts'
import { RateLimits } from '../http/rate-limit.ts'
import { projectHandlers } from '../projects/handlers.ts'
import { createApp } from '../server.ts'
import { authHandlers } from './handlers.ts'
import { createIdentify } from './identify.ts'
import { newKey } from './keys.ts'
import { LoginLimits } from './login-limits.ts'
import { hashPassword } from './passwords.ts'
import { SessionTokens } from './sessions.ts'
import { SetupGate } from './setup.ts'

export const PASSWORD = 'correct horse battery'

/** Cheap, so that a test with five people does not take two seconds to begin. */
const cheapHash = hashPassword(PASSWORD, { log2N: 4, r: 8, p: 1 })

/** Identity alone, over real HTTP and a real `control.db`. */
export class IdentityApp {
  readonly config: Config
  readonly data = new TestControl()
  readonly control = this.data.store
  readonly clock = this.data.clock
  readonly gate = new SetupGate(this.control)
  readonly tokens: SessionTokens
  readonly #app: Express

  constructor(change: (config: Config) => void = () => {}) {
    const { control, clock, gate } = this
    const config = defaultConfig()
    change(config)
    this.config = config
    const tokens = new SessionTokens({ control, clock, secret: Buffer.alloc(32, 7), hours: config.auth.session_hours })
    this.tokens = tokens
    const identify = createIdentify({ control, tokens, clock, publicUrl: config.server.public_url })
    const bindings = [
      ...authHandlers({ control, tokens, limits: new LoginLimits(clock), gate, config }),
      ...apiKeyHandlers({ control, clock }),
      ...projectHandlers({ control }),
    ]
    const limits = new RateLimits(clock)
    const pages: RequestHandler = (_req, _res, next) => next()
    const metrics = new Metrics()
    this.#app = createApp({
      config,
      log: silentLog(),
      metrics,
      identify,
      limits,
      bindings,
      pages,
      refused: () => undefined,
      checkAnswers: true,
    })
  }

  /** `call('POST /v1/projects', { as: owner, send: { name } })`; `as` is a session's token or an API key. */
  async call(line: string, { as, send, headers = {} }: CallOptions = {}): Promise<Answer> {
    const [method = '', url = ''] = line.split(' ')
    const request = supertest(this.#app)[method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete'](url)
    if (as !== undefined) request.set('Authorization', `Bearer ${as}`)
    for (const [name, value] of Object.entries(headers)) request.set(name, value)
    return send === undefined ? await request : await request.send(send)
  }

  /** A person with a session; answers the session's token. */
  async addPerson(tenantId: TenantId, email: string, role: Role): Promise<string> {
    const user = await this.data.addPerson(tenantId, email, role, await cheapHash)
    const login = { user, tenantId, plan: 'enterprise' as const, role }
    return this.tokens.sign(await this.control.sessions.open(login, this.tokens.expiry(), null))
  }

  async addKey(
    tenantId: TenantId,
    fields?: Parameters<TestControl['addKey']>[2],
  ): Promise<{ id: ApiKeyId; secret: string }> {
    const { secret, ...material } = newKey()
    return { secret, id: await this.data.addKey(tenantId, material, fields) }
  }

  close(): Promise<void> {
    return this.data.close()
  }
}

export interface CallOptions {
  as?: string | undefined
  send?: object | undefined
  headers?: Record<string, string>
}
