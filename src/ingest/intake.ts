import type { ProjectId, TenantId } from '../ids.ts'
import type { Metrics } from '../metrics.ts'
import type { Plan } from '../plans.ts'
import type { DeadLetter, LetterChange, TraceRecord } from '../storage/telemetry/record.ts'
import type { Telemetry } from '../storage/telemetry/telemetry.ts'
import type { Receipt } from '../storage/telemetry/wire.ts'
import { encode } from './encode.ts'
import type { IngestHealth } from './health.ts'
import { providerLabel } from './prices/label.ts'
import type { Pricer } from './prices/pricer.ts'
import type { Quota } from './quota.ts'
import type { Redacted, Redaction } from './redact/redaction.ts'

export interface Sender {
  tenantId: TenantId
  plan: Plan
}

/** One receipt for each record, in their order. In an object, or it would be awaited with the promise that it comes in. */
export interface Submitted {
  receipts: Promise<Receipt[]>
}

/** Where every format ends: from here on nobody knows what came in. */
export class Intake {
  readonly #telemetry: Telemetry
  readonly #pricer: Pricer
  readonly #quota: Quota
  readonly #metrics: Metrics
  readonly #redaction: Redaction
  readonly #health: IngestHealth

  constructor(
    telemetry: Telemetry,
    pricer: Pricer,
    quota: Quota,
    metrics: Metrics,
    redaction: Redaction,
    health: IngestHealth,
  ) {
    this.#telemetry = telemetry
    this.#pricer = pricer
    this.#quota = quota
    this.#metrics = metrics
    this.#redaction = redaction
    this.#health = health
  }

  /**
   * Hands the records, the dead letters, and what became of earlier ones to the writer, in one commit. Answers as soon as they are
   * handed over, so that whoever calls can let go of them; `receipts` is kept once they are durable. Throws `plan_limit_exceeded`
   * before; `receipts` rejects with `storage_full` or `storage_unavailable` with nothing stored.
   */
  async submit(
    sender: Sender,
    records: readonly TraceRecord[],
    deadLetters: readonly DeadLetter[] = [],
    letterChanges: readonly LetterChange[] = [],
  ): Promise<Submitted> {
    await this.#quota.check(sender.tenantId, sender.plan)
    const redacted = await this.#redaction.apply(sender.tenantId, records, deadLetters)
    const traces = redacted.records.map((record) => encode(record, this.#pricer))
    const stored = this.#telemetry.append({ traces, deadLetters: redacted.deadLetters, letterChanges })
    const projects = traces.map(({ projectId }) => projectId)
    return { receipts: this.#counted(sender.tenantId, stored, projects, this.#tally(sender.tenantId, redacted)) }
  }

  async #counted(
    tenantId: TenantId,
    stored: Promise<Receipt[]>,
    projects: readonly ProjectId[],
    count: () => void,
  ): Promise<Receipt[]> {
    const began = performance.now()
    const receipts = await stored
    this.#metrics.ackSeconds.observe((performance.now() - began) / 1000)
    count()
    const outcomes = { created: 0, merged: 0, duplicate: 0 }
    for (const [i, { outcome, unpriced }] of receipts.entries()) {
      outcomes[outcome] += 1
      const projectId = projects[i]
      if (unpriced && projectId !== undefined) this.#countUnpriced(tenantId, projectId, unpriced)
    }
    for (const outcome of OUTCOMES) if (outcomes[outcome] > 0) this.#metrics.traces.inc({ outcome }, outcomes[outcome])
    this.#quota.add(tenantId, outcomes.created)
    return receipts
  }

  #countUnpriced(tenantId: TenantId, projectId: ProjectId, unpriced: NonNullable<Receipt['unpriced']>): void {
    for (const [named, spans] of unpriced) {
      const provider = providerLabel(named)
      this.#metrics.unpriced.inc({ provider }, spans)
      this.#health.unpriced(tenantId, projectId, provider, spans)
    }
  }

  /** What there is to count once it is stored: figures only, for whoever waits for the commit must not hold the traces. */
  #tally(tenantId: TenantId, { records, deadLetters, matches }: Redacted): () => void {
    const arrived = new Map<ProjectId, { traces: number; receivedAt: number }>()
    let spans = 0
    for (const record of records) {
      spans += record.spans.length
      const known = arrived.get(record.projectId)
      if (known) known.traces += 1
      else arrived.set(record.projectId, { traces: 1, receivedAt: record.receivedAt })
    }
    const letters = deadLetters.map(({ projectId, source, code, message }) => ({ projectId, source, code, message }))
    return tally({ tenantId, metrics: this.#metrics, health: this.#health, arrived, spans, letters, matches })
  }
}

const OUTCOMES = ['created', 'merged', 'duplicate'] as const

interface Tally {
  tenantId: TenantId
  metrics: Metrics
  health: IngestHealth
  arrived: ReadonlyMap<ProjectId, { traces: number; receivedAt: number }>
  spans: number
  letters: readonly Pick<DeadLetter, 'projectId' | 'source' | 'code' | 'message'>[]
  matches: Redacted['matches']
}

/** A function of its own: what it makes must see nothing of the batch. */
const tally =
  ({ tenantId, metrics, health, arrived, spans, letters, matches }: Tally) =>
  (): void => {
    metrics.spans.inc(spans)
    for (const [projectId, { traces, receivedAt }] of arrived) health.stored(tenantId, projectId, traces, receivedAt)
    for (const { projectId, source, code, message } of letters) {
      metrics.deadLetters.inc({ source, code })
      health.refused(tenantId, projectId, code, message)
    }
    for (const [projectId, rules] of matches)
      for (const [rule, count] of rules) health.redacted(tenantId, projectId, rule, count)
  }
