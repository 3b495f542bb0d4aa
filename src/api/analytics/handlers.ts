import { AppError } from '../../errors.ts'
import { CONSOLE_COLUMNS } from '../../storage/analytics/console/columns.ts'
import { consoleHome } from '../../storage/analytics/console/messages.ts'
import { runConsole } from '../../storage/analytics/console/run.ts'
import { appendAudit } from '../../storage/control/audit.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import type { Services } from '../services.ts'
import { describeAnalytics, queryAnalytics } from './contract.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const TYPES = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
}
const TABLES = Object.entries(CONSOLE_COLUMNS).map(([name, { about, columns }]) => ({ name, about, columns }))
/** Statements at a time; each has a process of its own. */
const AT_ONCE = 2

export const analyticsHandlers = ({
  analytics,
  telemetry,
  control,
  clock,
  config,
}: Pick<Services, 'analytics' | 'telemetry' | 'control' | 'clock' | 'config'>): Binding[] => {
  let running = 0
  return [
    bind(describeAnalytics, () => ok({ tables: TABLES })),

    bind(queryAnalytics, async ({ actor, body: { sql, format, limit, days }, res }) => {
      if (running >= AT_ONCE)
        throw new AppError('queue_full', 'Other statements are running; try again shortly.', { retryAfterS: 2 })
      running += 1
      const gone = new AbortController()
      res.once('close', () => gone.abort())
      try {
        const { tenantId } = actor
        const target = { type: 'analytics', id: 'sql' }
        await control.transaction((trx) =>
          appendAudit(trx, {
            tenantId,
            actor,
            action: 'analytics.queried',
            target,
            details: { sql, format },
            at: clock.now(),
          }),
        )
        // By whole hours, so that a copy can be used again.
        const from = Math.floor((clock.now() - days * DAY_MS) / 3_600_000) * 3_600_000
        const dir = config.data_dir
        const at = telemetry.head
        const { console_memory_bytes: memoryBytes, console_seconds: seconds, threads } = config.analytics
        const { body, rows, truncated } = await runConsole({
          task: { sql, format, limit, memoryBytes, threads },
          file: async () => (await analytics.ask('consoleSnapshot', { dir, tenantId, from }, at)).value,
          home: consoleHome(dir),
          timeoutMs: seconds * 1000,
          signal: gone.signal,
        })
        const headers = { 'X-TruLayer-Truncated': String(truncated) }
        const whole =
          format === 'json'
            ? Buffer.concat([body, Buffer.from(`,"row_count":${rows},"truncated":${truncated}}`)])
            : body
        return { status: 200, body: whole, type: TYPES[format], headers }
      } finally {
        running -= 1
      }
    }),
  ]
}
