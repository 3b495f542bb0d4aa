import { silentLog } from '../../log.ts'
import { TestStore } from '../telemetry/testing.ts'
import { Mirror } from './mirror.ts'
import {
  ANALYTICS_QUESTIONS,
  type AnalyticsAnswer,
  type AnalyticsAsk,
  type AnalyticsQuestion,
  type QuestionSources,
} from './questions/index.ts'

/** `analytics.duckdb` beside a `telemetry.db`, both on this thread, for tests of what is mirrored and answered. */
export class TestMirror {
  readonly store = new TestStore()
  mirror!: Mirror

  static async open(): Promise<TestMirror> {
    const test = new TestMirror()
    await test.reopen()
    return test
  }

  /** Closes the file and opens it again, as a new process would; what was not committed is lost. */
  async reopen(): Promise<void> {
    this.mirror?.close()
    const { dir, db: telemetry } = this.store
    this.mirror = await Mirror.open({ dir, telemetry, memoryBytes: 256 * 1024 * 1024, threads: 2, log: silentLog() })
  }

  async catchUp(): Promise<void> {
    while (await this.mirror.step());
  }

  /** Brings the log in, then asks. */
  async ask<Q extends AnalyticsQuestion>(question: Q, ask: AnalyticsAsk<Q>): Promise<AnalyticsAnswer<Q>> {
    await this.catchUp()
    const put = ANALYTICS_QUESTIONS[question] as (
      sources: QuestionSources,
      ask: AnalyticsAsk<Q>,
    ) => Promise<AnalyticsAnswer<Q>>
    return this.mirror.use((db) => put({ db, telemetry: this.store.db, place: this.mirror.place }, ask))
  }

  close(): void {
    this.mirror.close()
    this.store.close()
  }
}
