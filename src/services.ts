import type { AddressInfo } from 'node:net'
import { createIdentify } from './api/auth/identify.ts'
import { LoginLimits } from './api/auth/login-limits.ts'
import { loadSecret } from './api/auth/secret.ts'
import { SessionTokens } from './api/auth/sessions.ts'
import { bootstrap, SetupGate, type SetupState } from './api/auth/setup.ts'
import { Exports } from './api/http/exports.ts'
import { RateLimits } from './api/http/rate-limit.ts'
import { pages } from './api/pages.ts'
import { router } from './api/router.ts'
import { createApp, type Listening, listen } from './api/server.ts'
import type { Clock } from './clock.ts'
import { closeAll } from './closing.ts'
import type { Config } from './config.ts'
import { registerGauges } from './gauges.ts'
import { Admission } from './ingest/admission.ts'
import { IngestHealth } from './ingest/health.ts'
import { Intake } from './ingest/intake.ts'
import { OwnPrices } from './ingest/prices/own-prices.ts'
import { Pricer } from './ingest/prices/pricer.ts'
import { Quota } from './ingest/quota.ts'
import { Redaction } from './ingest/redact/redaction.ts'
import { Cron, type Schedule } from './jobs/cron.ts'
import { Demo } from './jobs/demo/demo.ts'
import { DiskGuard } from './jobs/disk-guard.ts'
import { analyticsFollower } from './jobs/followers/analytics.ts'
import { type Follower, type Following, follow } from './jobs/followers/follow.ts'
import { LiveFeed } from './jobs/followers/live.ts'
import { searchFollower } from './jobs/followers/search.ts'
import type { TaskBinding } from './jobs/registry.ts'
import { Jobs } from './jobs/runner.ts'
import * as work from './jobs/work.ts'
import type { Log } from './log.ts'
import { Metrics } from './metrics.ts'
import { Analytics } from './storage/analytics/analytics.ts'
import { ParquetFiles } from './storage/analytics/parquet/parquet.ts'
import type { ControlStore } from './storage/control/open.ts'
import type { SchemaError } from './storage/migrate.ts'
import { RebuildRequests } from './storage/rebuild-requests.ts'
import { SearchIndex } from './storage/search/search.ts'
import type { Soundness } from './storage/soundness/soundness.ts'
import type { Telemetry } from './storage/telemetry/telemetry.ts'

export interface AppOptions {
  config: Config
  clock: Clock
  log: Log
  /** Hold every answer against its definition; for development and tests. */
  checkAnswers?: boolean
  /** Followers besides the appliance's own; for tests. */
  followers?: readonly Follower[]
  /** Tasks and schedules besides the appliance's own; for tests. */
  tasks?: readonly TaskBinding[]
  schedules?: readonly Schedule[]
}

export interface App {
  /** `http://127.0.0.1:8080` */
  url: string
  /** Reads the files of `server.tls` again. */
  reloadCertificate(): void
  setup: SetupState
  control: ControlStore
  telemetry: Telemetry
  analytics: Analytics
  jobs: Jobs
  cron: Cron
  demo: Demo
  /** Resolves when a true file was found damaged: nothing more may be taken in, and whoever runs this stops it. */
  damaged: Promise<SchemaError>
  /** Stops accepting, lets what is in flight end and be answered, commits, closes. */
  stop(): Promise<void>
}

/** Opened, and closed by what `startServices` answers. */
export interface Stores {
  soundness: Soundness
  control: ControlStore
  telemetry: Telemetry
  unlock(): void
}

/** Starts what works on the stores, upward (ingest, jobs, api), and stops all downward. */
export async function startServices(
  options: AppOptions,
  { soundness, control, telemetry, unlock }: Stores,
): Promise<App> {
  const { config, clock, log } = options
  const analytics = new Analytics({
    dir: config.data_dir,
    telemetryFile: telemetry.file,
    memoryBytes: config.analytics.memory_bytes,
    foldMs: config.analytics.fold_ms,
    threads: config.analytics.threads,
    logLevel: log.level,
  })

  const parquet = new ParquetFiles({ dir: config.data_dir, memoryBytes: config.exports.parquet_memory_bytes })

  const metrics = new Metrics()
  const admission = new Admission(config.ingest.queue_max_bytes)
  const ingestHealth = new IngestHealth(telemetry, clock, log)
  const redaction = new Redaction(control, config.redaction)
  const pricer = new Pricer(config.prices)
  const intake = new Intake(telemetry, pricer, new Quota(telemetry, clock), metrics, redaction, ingestHealth)
  const prices = await OwnPrices.open({ control, pricer, log })

  const disk = await DiskGuard.start({ config, control, telemetry, admission, clock, log })
  const live = new LiveFeed(telemetry)
  const search = new SearchIndex({
    ...{ dir: config.data_dir, cacheBytes: config.search.cache_bytes, clock, log },
    // One waits for its commit whenever anything comes in; several do when the commits do not keep up.
    busy: () => telemetry.appends > 1,
  })
  const followers = await startFollowers(options, { control, telemetry }, [
    live.follower,
    analyticsFollower(analytics, telemetry, log),
    searchFollower(search),
  ])

  const jobs = new Jobs({ control, clock, log, concurrency: config.jobs.concurrency })
  const demo = new Demo({ control, jobs })
  const cron = new Cron({ control, clock, log, jobs }, [...work.schedules, ...(options.schedules ?? [])])

  const gate = new SetupGate(control)
  const setup = await bootstrap({ control, config, gate })
  const tokens = new SessionTokens({
    control,
    clock,
    secret: loadSecret(config.data_dir, log),
    hours: config.auth.session_hours,
  })
  const services = {
    ...{
      config,
      clock,
      log,
      control,
      telemetry,
      analytics,
      parquet,
      search,
      admission,
      intake,
      redaction,
      ingestHealth,
      live,
      disk,
      metrics,
      jobs,
      demo,
      prices,
      pricer,
      cron,
      gate,
      tokens,
      soundness,
    },
    limits: new LoginLimits(clock),
    exports: new Exports(config.exports.at_once, clock),
    followers: () => followers.map((following) => following.health()),
  }
  registerGauges(services)
  const app = createApp({
    ...{ config, log, metrics, pages: pages() },
    identify: createIdentify({ control, tokens, clock, publicUrl: config.server.public_url }),
    limits: new RateLimits(clock),
    bindings: router(services),
    refused: (tenantId, request, error) => ingestHealth.failed(tenantId, request, error),
    checkAnswers: options.checkAnswers ?? false,
  })
  const listening = await listen(app, config.server, { clock, log })
  await jobs.start([...work.tasks(services), ...(options.tasks ?? [])])
  await cron.start()
  const damaged = new Promise<SchemaError>((resolve) => soundness.onDamage(resolve))
  soundness.start()
  const rebuild = { search: () => search.startOver(), analytics: () => analytics.startOver() }
  const rebuilds = new RebuildRequests({ dir: config.data_dir, clock, log, rebuild })

  const stop = (): Promise<void> =>
    closeAll(
      [
        () => admission.close(),
        () => live.close(),
        () => cron.stop(),
        // Tasks are told to end while the last requests are answered: neither waits for the other.
        () => Promise.all([listening.stop(clock, GRACE_MS), jobs.stop(GRACE_MS)]),
        () => parquet.close(),
        () => soundness.close(),
        () => rebuilds.stop(),
        () => disk.stop(),
        () => search.close(),
        () => metrics.close(),
        ...followers.map((following) => () => following.stop()),
        () => analytics.close(),
        () => ingestHealth.flush(),
        () => telemetry.close(),
        () => control.close(),
        () => soundness.closed(),
        unlock,
      ],
      log,
    )
  const { reloadCertificate } = listening
  const parts = { setup, control, telemetry, analytics, jobs, cron, demo, damaged }
  return { url: urlOf(listening, config), reloadCertificate, ...parts, stop }
}

async function startFollowers(
  { clock, log, followers = [] }: AppOptions,
  stores: { control: ControlStore; telemetry: Telemetry },
  own: readonly Follower[],
): Promise<Following[]> {
  const services = { clock, log, ...stores }
  return Promise.all([...own, ...followers].map((follower) => follow(services, follower)))
}

/** How long a request or a task that does not come to its end can hold up the stop; a container is killed after 10 s. */
const GRACE_MS = 8_000

function urlOf({ server }: Listening, config: Config): string {
  const { address, port, family } = server.address() as AddressInfo
  const scheme = config.server.tls.cert === null ? 'http' : 'https'
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
