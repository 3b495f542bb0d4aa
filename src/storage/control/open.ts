import path from 'node:path'
import { Kysely } from 'kysely'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { closeTrueFile, openTrueFile } from '../migrate.ts'
import { Anomalies } from './anomalies.ts'
import { ApiKeys } from './api-keys.ts'
import { AuditLog } from './audit-log.ts'
import { ControlCache } from './cache.ts'
import { Demos } from './demos.ts'
import { ImmediateSqliteDialect } from './dialect.ts'
import { FailureDecisions } from './failure-decisions.ts'
import { FollowerPlaces } from './follower-places.ts'
import { type Founded, type FoundingPlan, found } from './founding.ts'
import { controlMigrations } from './migrations.ts'
import { ModelPrices } from './model-prices.ts'
import { Projects } from './projects.ts'
import { Schedules } from './schedules.ts'
import type { ControlDb, ControlSchema, ControlTrx } from './schema.ts'
import { Sessions } from './sessions.ts'
import { Tasks } from './tasks.ts'
import { Tenants } from './tenants.ts'
import { Users } from './users.ts'

/** How often the times of last use of keys are written down. */
const FLUSH_MS = 60_000

/** `control.db`, opened by its one writer: the repositories, and the transaction that ties several of them together. */
export interface ControlStore {
  db: ControlDb
  tenants: Tenants
  users: Users
  sessions: Sessions
  apiKeys: ApiKeys
  projects: Projects
  auditLog: AuditLog
  places: FollowerPlaces
  tasks: Tasks
  schedules: Schedules
  demos: Demos
  modelPrices: ModelPrices
  failures: FailureDecisions
  anomalies: Anomalies
  /** Sets the appliance up; see `found`. */
  found(wish: FoundingPlan): Promise<Founded>
  /** `BEGIN IMMEDIATE` … `COMMIT`. Inside, use `trx` only: a repository that opens its own transaction would wait for ever. */
  transaction<T>(work: (trx: ControlTrx) => Promise<T>): Promise<T>
  /** Does something after the answer is on its way; `close` waits for it, and a failure is logged. */
  later(work: () => Promise<void>): void
  close(): Promise<void>
}

export interface OpenControlOptions {
  dir: string
  log: Log
  clock: Clock
  /** See `openTrueFile`. */
  readThroughBytes?: number
}

/** Opens, and migrates, `control.db` in `dir`. Throws `SchemaError` when a newer version wrote it. */
export function openControl({ dir, log, clock, readThroughBytes }: OpenControlOptions): ControlStore {
  const file = openTrueFile({
    file: path.join(dir, 'control.db'),
    migrations: controlMigrations,
    log,
    now: () => clock.now(),
    readThroughBytes,
  })
  const db: ControlDb = new Kysely<ControlSchema>({ dialect: new ImmediateSqliteDialect({ database: file }) })
  const cache = new ControlCache(file)
  const apiKeys = new ApiKeys(db, clock, cache)
  const pending = new Set<Promise<void>>()
  const later = (work: () => Promise<void>): void => {
    const done = new Promise((resolve) => setImmediate(resolve))
      .then(work)
      .catch((error: unknown) => log.error({ err: error }, 'a write to control.db that nobody waits for failed'))
      .finally(() => pending.delete(done))
    pending.add(done)
  }
  let stopFlushing = () => {}
  const flushLater = (): void => {
    stopFlushing = clock.after(FLUSH_MS, () => {
      later(() => apiKeys.flushLastUsed())
      flushLater()
    })
  }
  flushLater()
  return {
    db,
    tenants: new Tenants(db, clock),
    users: new Users(db, clock),
    sessions: new Sessions(db, clock),
    apiKeys,
    projects: new Projects(db, clock, cache),
    auditLog: new AuditLog(db),
    places: new FollowerPlaces(db, clock),
    tasks: new Tasks(db, clock),
    schedules: new Schedules(db, clock),
    demos: new Demos(db, clock),
    modelPrices: new ModelPrices(db, clock),
    failures: new FailureDecisions(db, clock),
    anomalies: new Anomalies(db),
    found: (wish) => found(db, clock, wish),
    transaction: (work) => db.transaction().execute(work),
    later,
    async close() {
      stopFlushing()
      while (pending.size > 0) await Promise.all(pending)
      try {
        await apiKeys.flushLastUsed()
      } finally {
        closeTrueFile(file, log)
      }
    },
  }
}
