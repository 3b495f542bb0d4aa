import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Admission } from '../ingest/admission.ts'
import type { IngestHealth } from '../ingest/health.ts'
import type { Intake } from '../ingest/intake.ts'
import type { OwnPrices } from '../ingest/prices/own-prices.ts'
import type { Redaction } from '../ingest/redact/redaction.ts'
import type { Cron } from '../jobs/cron.ts'
import type { Demo } from '../jobs/demo/demo.ts'
import type { DiskGuard } from '../jobs/disk-guard.ts'
import type { FollowerHealth } from '../jobs/followers/follow.ts'
import type { LiveFeed } from '../jobs/followers/live.ts'
import type { Jobs } from '../jobs/runner.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Analytics } from '../storage/analytics/analytics.ts'
import type { ParquetFiles } from '../storage/analytics/parquet/parquet.ts'
import type { ControlStore } from '../storage/control/open.ts'
import type { SearchIndex } from '../storage/search/search.ts'
import type { Soundness } from '../storage/soundness/soundness.ts'
import type { Telemetry } from '../storage/telemetry/telemetry.ts'
import type { AuthServices } from './auth/handlers.ts'
import type { Exports } from './http/exports.ts'

/** The parts that handlers work with. A handler group names the few it needs. */
export interface Services extends AuthServices {
  config: Config
  clock: Clock
  log: Log
  control: ControlStore
  telemetry: Telemetry
  analytics: Analytics
  parquet: ParquetFiles
  search: SearchIndex
  admission: Admission
  intake: Intake
  redaction: Redaction
  ingestHealth: IngestHealth
  live: LiveFeed
  disk: DiskGuard
  soundness: Soundness
  jobs: Jobs
  prices: OwnPrices
  cron: Cron
  metrics: Metrics
  demo: Demo
  exports: Exports
  followers(): FollowerHealth[]
}
