import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Database } from 'better-sqlite3'
import type { EvaluationId, FeedbackId, ProjectId, SpanId, TenantId, TraceId } from '../../ids.ts'
import { silentLog } from '../../log.ts'
import { openTrueFile } from '../migrate.ts'
import { BEGIN, type Erase, type GoOn } from './eraser.ts'
import type { EvaluationFact, Fact, FeedbackFact } from './facts.ts'
import { TELEMETRY_MIGRATIONS } from './migrations.ts'
import { pack } from './pack.ts'
import { tracePage } from './questions/answer.ts'
import { moreSpans, traceDetail } from './questions/detail.ts'
import type { ListTraces } from './questions/filter.ts'
import type { WireSpan, WireTrace } from './wire.ts'
import { TelemetryWriter } from './writer.ts'

export const TENANT = '00000000-0000-7000-8000-000000000001' as TenantId
export const PROJECT = '00000000-0000-7000-8000-000000000002' as ProjectId
export const START = Date.parse('2026-03-01T12:00:00.000Z')

/** A number as the UUID of whatever is wanted. */
export const uuid = <T extends string>(n: number): T => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}` as T

export const wireTrace = (fields: Partial<WireTrace> = {}): WireTrace => ({
  id: uuid<TraceId>(1),
  tenantId: TENANT,
  projectId: PROJECT,
  externalId: null,
  otelTraceId: null,
  sessionId: null,
  userId: null,
  environment: null,
  name: null,
  model: null,
  input: null,
  output: null,
  error: null,
  failureType: null,
  startedAt: null,
  endedAt: null,
  latencyMs: null,
  cost: null,
  tags: [],
  tagMap: {},
  metadata: '{}',
  spans: [],
  events: [],
  attachments: [],
  said: [],
  standIns: [],
  repeats: [],
  whenKnown: 'merge',
  receivedAt: START,
  ...fields,
})

export const wireSpan = (fields: Partial<WireSpan> = {}): WireSpan => ({
  id: uuid<SpanId>(1),
  externalId: null,
  parentId: null,
  otelSpanId: null,
  name: 'step',
  type: 'other',
  kind: null,
  model: null,
  provider: null,
  error: null,
  failureType: null,
  startedAt: null,
  endedAt: null,
  latencyMs: null,
  cost: null,
  promptTokens: null,
  completionTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
  inputAudioTokens: null,
  outputAudioTokens: null,
  usageMore: null,
  price: null,
  unpriced: false,
  input: null,
  output: null,
  metadata: '{}',
  otlp: null,
  otlpContext: null,
  ...fields,
})

export const feedbackFact = (fields: Partial<FeedbackFact> = {}): FeedbackFact => ({
  kind: 'feedback',
  id: uuid<FeedbackId>(1),
  tenantId: TENANT,
  projectId: PROJECT,
  traceId: uuid<TraceId>(1),
  label: 'good',
  score: null,
  comment: null,
  metadata: '{}',
  createdAt: START,
  ...fields,
})

/** For tests of what is still held. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // V8 keeps the shapes of objects, and with them the names in them, for two collections more.
  for (let i = 0; i < 4; i++) collect()
}

export const evaluationFact = (fields: Partial<EvaluationFact> = {}): EvaluationFact => ({
  kind: 'evaluation',
  id: uuid<EvaluationId>(1),
  tenantId: TENANT,
  traceId: uuid<TraceId>(1),
  spanId: null,
  metric: 'faithfulness',
  evaluatorType: 'llm',
  evaluatorVersion: null,
  modelTier: null,
  status: 'complete',
  score: 1,
  label: 'pass',
  reasoning: null,
  error: null,
  context: 'fresh',
  sourceActionId: null,
  originalEvaluationId: null,
  ruleId: null,
  judgeModel: null,
  judgeTokens: null,
  judgeCost: null,
  createdAt: START,
  completedAt: START,
  ...fields,
})

/** `telemetry.db` on this thread, for tests of what is written and read. */
export class TestStore {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'trulayer-telemetry-'))
  db: Database = this.#open()
  writer = new TelemetryWriter(this.db)

  #open(): Database {
    return openTrueFile({
      file: path.join(this.dir, 'telemetry.db'),
      migrations: TELEMETRY_MIGRATIONS,
      log: silentLog(),
      now: () => START,
    })
  }

  /** As after a restart. */
  reopen(): void {
    this.db.close()
    this.db = this.#open()
    this.writer = new TelemetryWriter(this.db)
  }

  write(...traces: WireTrace[]) {
    return this.writer.commit([pack({ traces, deadLetters: [] }).packed])[0] ?? []
  }

  /** Erases in as many steps as `goOn` makes it take; one step if it is not given. Answers how many traces went. */
  erase(
    ids: readonly TraceId[],
    goOn: GoOn = () => true,
    fields: { tenantId?: TenantId; overwrite?: boolean } = {},
  ): number {
    return this.finish({ what: 'traces', tenantId: TENANT, ids, overwrite: false, ...fields }, goOn)
  }

  finish(erase: Erase, goOn: GoOn = () => true): number {
    let progress = BEGIN
    while (!progress.done) progress = this.writer.erase(erase, progress, goOn)
    return progress.erased
  }

  /** Writes what is said of traces beside them. */
  state(...facts: Fact[]): void {
    this.writer.commit([pack({ traces: [], deadLetters: [], facts }).packed])
  }

  /** The trace as the API shows it. */
  trace(id: TraceId, tenantId: TenantId = TENANT) {
    const detail = traceDetail(this.db, { tenantId, id })
    if (!detail) return null
    const { opening, more, closing } = detail
    const pieces = [opening, ...more.map((ask) => moreSpans(this.db, ask)), Buffer.from(closing)]
    return JSON.parse(Buffer.concat(pieces).toString())
  }

  list(ask: Partial<ListTraces> = {}, few?: number) {
    return tracePage(
      this.db,
      { tenantId: TENANT, terms: [], sort: { by: 'started_at', descending: true }, limit: 50, ...ask },
      few,
    )
  }

  close(): void {
    this.db.close()
    rmSync(this.dir, { recursive: true })
  }
}
