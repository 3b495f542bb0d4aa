import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Admission } from '../ingest/admission.ts'
import type { Intake } from '../ingest/intake.ts'
import type { Pricer } from '../ingest/prices/pricer.ts'
import type { Analytics } from '../storage/analytics/analytics.ts'
import type { ControlStore } from '../storage/control/open.ts'
import type { Telemetry } from '../storage/telemetry/telemetry.ts'
import { detectAnomalies, detectAnomaliesWork } from './anomalies/detector.ts'
import { type Schedule, schedule } from './cron.ts'
import { settleDemoWork } from './demo/settle.ts'
import type { FollowerHealth } from './followers/follow.ts'
import { sweepDeadLetters, sweepDeadLettersWork } from './housekeeping/sweep-dead-letters.ts'
import { sweepTasks, sweepTasksWork } from './housekeeping/sweep-tasks.ts'
import { sweepTombstones, sweepTombstonesWork } from './housekeeping/sweep-tombstones.ts'
import { recomputeCostsWork } from './prices/recompute.ts'
import type { TaskBinding } from './registry.ts'
import { planRetention, planRetentionWork, retainWork } from './retention/retention.ts'
import type { Jobs } from './runner.ts'

/** What tasks work with. */
export interface WorkServices {
  config: Config
  control: ControlStore
  telemetry: Telemetry
  analytics: Analytics
  admission: Admission
  intake: Intake
  clock: Clock
  followers(): FollowerHealth[]
  jobs: Jobs
  pricer: Pricer
}

/** Every task, one line each. Nothing runs that is not here. */
export const tasks = (services: WorkServices): TaskBinding[] => [
  sweepTasksWork(services),
  sweepDeadLettersWork(services),
  sweepTombstonesWork(services),
  settleDemoWork(services),
  planRetentionWork(services),
  retainWork(services),
  recomputeCostsWork(services),
  detectAnomaliesWork(services),
]

/** Every schedule, one each. Times are UTC. */
export const schedules: readonly Schedule[] = [
  schedule({
    name: 'retention',
    summary: 'Erases traces and dead letters that are older than their project keeps them.',
    cron: '10 3 * * *',
    kind: planRetention,
    payload: {},
  }),
  schedule({
    name: 'tasks.sweep',
    summary: 'Removes tasks that were finished more than 30 days ago.',
    cron: '40 2 * * *',
    kind: sweepTasks,
    payload: {},
  }),
  schedule({
    name: 'dead_letters.sweep',
    summary: 'Erases dead letters that were replayed or set aside longer ago than dead_letters.keep_settled_days.',
    cron: '50 2 * * *',
    kind: sweepDeadLetters,
    payload: {},
  }),
  schedule({
    name: 'tombstones.sweep',
    summary: 'Forgets which traces were erased, once everything that is made of the log has seen it.',
    cron: '55 2 * * *',
    kind: sweepTombstones,
    payload: {},
  }),
  schedule({
    name: 'anomalies.detect',
    summary:
      'Holds the last full hours of every project against what is usual, and reports what is out of the ordinary.',
    cron: '7 * * * *',
    kind: detectAnomalies,
    payload: {},
  }),
]
