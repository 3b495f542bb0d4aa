import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import supertest, { type Response as Answer } from 'supertest'
import { type App, startApp } from '../../app.ts'
import { type Config, defaultConfig } from '../../config.ts'
import { type ApiKeyId, newId, type TenantId, type TraceId } from '../../ids.ts'
import type { Schedule } from '../../jobs/cron.ts'
import type { Follower } from '../../jobs/followers/follow.ts'
import type { TaskBinding } from '../../jobs/registry.ts'
import { createLog, type Log, silentLog } from '../../log.ts'
import type { Plan } from '../../plans.ts'
import type { Role } from '../../storage/control/actor.ts'
import { FakeClock, TestControl } from '../../storage/control/testing.ts'
import { newKey } from '../auth/keys.ts'
import { hashPassword } from '../auth/passwords.ts'
import { trace as traceSchema } from '../traces/schemas.ts'

export const PASSWORD = 'correct horse battery'
const cheapHash = hashPassword(PASSWORD, { log2N: 4, r: 8, p: 1 })

export interface TestAppOptions {
  config?: (config: Config) => void
  followers?: readonly Follower[]
  /** Keep what is logged, of this level and above, in `logged`. */
  logLevel?: string
  tasks?: readonly TaskBinding[]
  schedules?: readonly Schedule[]
  /** A data directory to go on with. */
  dir?: string
}

export interface Send {
  as?: string | undefined
  send?: object | string | undefined
  headers?: Record<string, string>
}

/** The whole appliance on a directory of its own, over real HTTP, with time that only passes when the test says so. */
export class TestApp {
  readonly clock = new FakeClock()
  readonly dir: string
  /** The lines of the log, parsed; see `logLevel`. */
  readonly logged: Record<string, unknown>[] = []
  readonly #log: Log
  #options: TestAppOptions
  #app!: App
  #data!: TestControl
  /** The first tenant, and a key of it that may do everything. */
  tenantId!: TenantId
  key!: string

  private constructor(options: TestAppOptions) {
    this.#options = options
    const write = (line: string) => void this.logged.push(JSON.parse(line) as Record<string, unknown>)
    this.#log = options.logLevel === undefined ? silentLog() : createLog(options.logLevel, { write })
    this.dir = options.dir ?? mkdtempSync(path.join(tmpdir(), 'trulayer-app-'))
  }

  static async start(options: TestAppOptions = {}): Promise<TestApp> {
    const test = new TestApp(options)
    await test.#start()
    test.tenantId = await test.tenant('First')
    test.key = await test.addKey(test.tenantId)
    return test
  }

  get url(): string {
    return this.#app.url
  }
  get control() {
    return this.#app.control
  }
  get jobs() {
    return this.#app.jobs
  }
  get telemetry() {
    return this.#app.telemetry
  }
  get analytics() {
    return this.#app.analytics
  }

  async #start(): Promise<void> {
    const config = defaultConfig()
    config.server.port = 0
    config.data_dir = this.dir
    config.storage.reader_threads = 1
    this.#options.config?.(config)
    const { followers = [], tasks = [], schedules = [] } = this.#options
    this.#app = await startApp({
      config,
      clock: this.clock,
      log: this.#log,
      checkAnswers: true,
      followers,
      tasks,
      schedules,
    })
    this.#data = new TestControl({ store: this.#app.control, clock: this.clock })
  }

  /** `call('POST /v1/ingest', { send: trace })`, as the first tenant's key unless `as` says otherwise (`''` is nobody). */
  async call(line: string, { as = this.key, send, headers = {} }: Send = {}): Promise<Answer> {
    const [method = '', target = ''] = line.split(' ')
    const request = supertest(this.url)[method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete'](target)
    // A test's certificate is nobody's.
    if (this.url.startsWith('https:')) request.disableTLSCerts()
    if (as !== '') request.set('Authorization', `Bearer ${as}`)
    if (send !== undefined && headers['Content-Type'] === undefined) request.set('Content-Type', 'application/json')
    for (const [name, value] of Object.entries(headers)) request.set(name, value)
    return send === undefined ? await request : await request.send(send)
  }

  /** A trace as the API answers it, held against its definition (it is streamed, so the server does not). */
  async trace(id: string, as?: string) {
    const answer = await this.call(`GET /v1/traces/${id}`, { as })
    if (answer.status !== 200) throw new Error(`GET /v1/traces/${id} answered ${answer.status}: ${answer.text}`)
    return traceSchema.parse(answer.body)
  }

  /** A tenant with a default project. */
  async tenant(name: string, plan?: Plan): Promise<TenantId> {
    const tenantId = await this.#data.addTenant(name, plan)
    await this.#data.addProject(tenantId, 'Default')
    return tenantId
  }

  async addKey(tenantId: TenantId, fields?: Parameters<TestControl['addKey']>[2]): Promise<string> {
    const { secret } = await this.newKey(tenantId, fields)
    return secret
  }

  async newKey(
    tenantId: TenantId,
    fields?: Parameters<TestControl['addKey']>[2],
  ): Promise<{ id: ApiKeyId; secret: string }> {
    const { secret, ...material } = newKey()
    return { secret, id: await this.#data.addKey(tenantId, material, fields) }
  }

  addProject(tenantId: TenantId, name: string) {
    return this.#data.addProject(tenantId, name)
  }

  /** A person, signed in; answers the session's token. */
  async person(tenantId: TenantId, email: string, role: Role): Promise<string> {
    await this.#data.addPerson(tenantId, email, role, await cheapHash)
    const answer = await this.call('POST /v1/auth/login', { as: '', send: { email, password: PASSWORD } })
    return answer.body.token
  }

  /** Stops and starts again on the same directory; `meanwhile` is done to it in between. */
  async restart(meanwhile: () => void = () => undefined): Promise<void> {
    await this.#app.stop()
    meanwhile()
    await this.#start()
  }

  /** Stops, and starts again so much later. */
  async restartAfter(ms: number): Promise<void> {
    await this.#app.stop()
    this.clock.advance(ms)
    await this.#start()
  }

  /** The same with these followers. */
  async restartWith(followers: readonly Follower[]): Promise<void> {
    this.#options = { ...this.#options, followers }
    await this.restart()
  }

  async stop(): Promise<void> {
    await this.#app.stop()
    rmSync(this.dir, { recursive: true })
  }
}

let traces = 0
/** A small trace that nothing is wrong with. */
export const aTrace = (fields: object = {}) => ({
  id: newId<TraceId>(),
  name: 'support chat',
  started_at: '2026-03-01T11:59:58.000Z',
  ended_at: '2026-03-01T11:59:59.500Z',
  tags: { env: 'test' },
  metadata: { n: ++traces },
  spans: [
    {
      name: 'answer',
      type: 'llm',
      model: 'gpt-4o-mini',
      prompt_tokens: 1000,
      completion_tokens: 100,
      input: 'hi',
      output: 'hello',
    },
  ],
  ...fields,
})
