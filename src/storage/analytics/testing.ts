import path from 'node:path'
import type { Database } from 'better-sqlite3'
import { silentLog } from '../../log.ts'
import { controlMigrations } from '../control/migrations.ts'
import { openTrueFile } from '../migrate.ts'
import { openSqlite } from '../sqlite.ts'
import { START, TestStore } from '../telemetry/testing.ts'
import { Mirror } from './mirror.ts'
import {
  ANALYTICS_QUESTIONS,
  type AnalyticsAnswer,
  type AnalyticsAsk,
  type AnalyticsQuestion,
  type QuestionSources,
} from './questions/index.ts'
import { Settled } from './settled.ts'

/** What is kept of few windows is not worth it, but is to be right. */
export const KEEPS_ALL = { fewestParts: 1 }

/** `analytics.duckdb` beside a `telemetry.db`, both on this thread, for tests of what is mirrored and answered. */
export class TestMirror {
  readonly store = new TestStore()
  readonly control: Database = openTrueFile({
    file: path.join(this.store.dir, 'control.db'),
    migrations: controlMigrations,
    log: silentLog(),
    now: () => START,
  })
  mirror!: Mirror
  #controlReader: Database | null = null

  static async open(): Promise<TestMirror> {
    const test = new TestMirror()
    await test.reopen()
    return test
  }

  /** Closes the file and opens it again, as a new process would; what was not committed is lost. */
  async reopen(): Promise<void> {
    await this.mirror?.close()
    const { dir, db: telemetry } = this.store
    this.#controlReader?.close()
    const control = openSqlite(path.join(dir, 'control.db'), { readonly: true })
    this.#controlReader = control
    const limits = { memoryBytes: 256 * 1024 * 1024, threads: 2 }
    const settled = new Settled(KEEPS_ALL)
    this.mirror = await Mirror.open({ dir, telemetry, control, ...limits, settled, log: silentLog() })
  }

  async catchUp(): Promise<void> {
    while (await this.mirror.step());
  }

  /** Brings the log in, then asks. */
  async ask<Q extends AnalyticsQuestion>(question: Q, ask: AnalyticsAsk<Q>): Promise<AnalyticsAnswer<Q>> {
    await this.catchUp()
    await this.mirror.bringOutcomes()
    const put = ANALYTICS_QUESTIONS[question] as (
      sources: QuestionSources,
      ask: AnalyticsAsk<Q>,
    ) => Promise<AnalyticsAnswer<Q>>
    const { settled } = this.mirror
    return this.mirror.use((db, standing) => put({ db, telemetry: this.store.db, standing, settled }, ask))
  }

  async close(): Promise<void> {
    await this.mirror.close()
    this.#controlReader?.close()
    this.control.close()
    this.store.close()
  }
}
