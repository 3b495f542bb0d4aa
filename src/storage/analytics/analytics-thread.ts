import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { createLog } from '../../log.ts'
import { openSqlite } from '../sqlite.ts'
import { clearConsole } from './console/snapshot.ts'
import type { DuckDBConnection } from './duckdb.ts'
import { Following } from './following.ts'
import type { AnalyticsData, FromAnalytics, ToAnalytics } from './messages.ts'
import { Mirror } from './mirror.ts'
import { ANALYTICS_QUESTIONS, type QuestionSources } from './questions/index.ts'

/**
 * The thread of `analytics.duckdb`. DuckDB works on native threads of its own; what is done here is to fill its columns and to read its
 * results, which at full load takes a tenth of a core: too much for the event loop that serves HTTP.
 */
if (!parentPort) throw new Error('this file runs as a worker thread')
const port = parentPort
const { dir, telemetryFile, memoryBytes, foldMs, threads, logLevel } = workerData as AnalyticsData
const say = (message: FromAnalytics) => port.postMessage(message)

/** A log is read once; what is kept of it would only be in memory. */
const CACHE_KB = 2_048

async function start(): Promise<void> {
  const log = createLog(logLevel)
  clearConsole(dir)
  const telemetry = openSqlite(telemetryFile, { readonly: true })
  const control = openSqlite(path.join(dir, 'control.db'), { readonly: true })
  for (const db of [telemetry, control]) db.pragma(`cache_size = -${CACHE_KB}`)
  const mirror = await Mirror.open({ dir, memoryBytes, threads, telemetry, control, log })
  const following = new Following({
    ...{ mirror, log, foldMs },
    onPlace: ({ place, kept }) => say({ kind: 'place', place, kept }),
  })

  const answer = async ({ question, ask, at }: Extract<ToAnalytics, { kind: 'ask' }>) => {
    const behind = await following.reach(at)
    const put = ANALYTICS_QUESTIONS[question] as (sources: QuestionSources, ask: unknown) => Promise<unknown>
    const run = (db: DuckDBConnection, standing: string) =>
      put({ db, telemetry, standing, settled: mirror.settled }, ask)
    const value = await (question === 'consoleSnapshot' ? following.askBeside(run) : following.ask(run))
    return { value, behind }
  }

  port.on('message', (message: ToAnalytics) => {
    switch (message.kind) {
      case 'follow':
        following.follow().then(
          () => say({ kind: 'followed', id: message.id }),
          (error: Error) => say({ kind: 'error', id: message.id, name: error.name, message: error.message }),
        )
        break
      case 'ask':
        answer(message).then(
          (result) => say({ kind: 'answer', id: message.id, ...result }),
          (error: Error) => say({ kind: 'error', id: message.id, name: error.name, message: error.message }),
        )
        break
      case 'startOver':
        following.startOver().then(
          () => say({ kind: 'startedOver', id: message.id }),
          (error: Error) => say({ kind: 'error', id: message.id, name: error.name, message: error.message }),
        )
        break
      case 'close':
        void following.stop().then(async () => {
          await mirror.close()
          telemetry.close()
          control.close()
          port.close()
        })
        break
      default:
        message satisfies never
    }
  })
  say({ kind: 'ready', place: mirror.place, kept: mirror.kept, head: mirror.head })
}

start().catch((error: Error) => say({ kind: 'failed', message: error.stack ?? error.message }))
