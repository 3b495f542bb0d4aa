import type { TenantId } from '../ids.ts'
import type { Metrics } from '../metrics.ts'
import type { Plan } from '../plans.ts'
import type { DeadLetter, LetterChange, TraceRecord } from '../storage/telemetry/record.ts'
import type { Telemetry } from '../storage/telemetry/telemetry.ts'
import type { Receipt } from '../storage/telemetry/wire.ts'
import { encode } from './encode.ts'
import type { Pricer } from './price.ts'
import type { Quota } from './quota.ts'
import type { Redaction } from './redact/redaction.ts'

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

  constructor(telemetry: Telemetry, pricer: Pricer, quota: Quota, metrics: Metrics, redaction: Redaction) {
    this.#telemetry = telemetry
    this.#pricer = pricer
    this.#quota = quota
    this.#metrics = metrics
    this.#redaction = redaction
  }

  /**
   * Hands the records, the dead letters, and what became of earlier ones to the writer, in one commit. Answers as soon as they are handed over, so that whoever calls
   * can let go of them; `receipts` is kept once they are durable. Throws `plan_limit_exceeded` before; `receipts` rejects with
   * `storage_full` or `storage_unavailable` with nothing stored.
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
    return { receipts: this.#counted(sender.tenantId, stored, this.#tally(records, deadLetters)) }
  }

  async #counted(tenantId: TenantId, stored: Promise<Receipt[]>, count: () => void): Promise<Receipt[]> {
    const began = performance.now()
    const receipts = await stored
    this.#metrics.ackSeconds.observe((performance.now() - began) / 1000)
    count()
    const outcomes = { created: 0, merged: 0, duplicate: 0 }
    for (const { outcome } of receipts) outcomes[outcome] += 1
    for (const outcome of OUTCOMES) if (outcomes[outcome] > 0) this.#metrics.traces.inc({ outcome }, outcomes[outcome])
    this.#quota.add(tenantId, outcomes.created)
    return receipts
  }

  /** What there is to count once it is stored: figures only, for whoever waits for the commit must not hold the traces. */
  #tally(records: readonly TraceRecord[], deadLetters: readonly DeadLetter[]): () => void {
    return tally(
      this.#metrics,
      records.reduce((sum, { spans }) => sum + spans.length, 0),
      deadLetters.map(({ source, code }) => ({ source, code })),
    )
  }
}

const OUTCOMES = ['created', 'merged', 'duplicate'] as const

/** A function of its own: what it makes must see nothing of the batch. */
const tally = (metrics: Metrics, spans: number, letters: Pick<DeadLetter, 'source' | 'code'>[]) => (): void => {
  metrics.spans.inc(spans)
  for (const letter of letters) metrics.deadLetters.inc(letter)
}
