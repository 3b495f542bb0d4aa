import type { TenantId } from '../ids.ts'
import type { Plan } from '../plans.ts'
import type { DeadLetter, LetterChange, TraceRecord } from '../storage/telemetry/record.ts'
import type { Telemetry } from '../storage/telemetry/telemetry.ts'
import type { Receipt } from '../storage/telemetry/wire.ts'
import { encode } from './encode.ts'
import type { Pricer } from './price.ts'
import type { Quota } from './quota.ts'

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

  constructor(telemetry: Telemetry, pricer: Pricer, quota: Quota) {
    this.#telemetry = telemetry
    this.#pricer = pricer
    this.#quota = quota
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
    const traces = records.map((record) => encode(record, this.#pricer))
    const stored = this.#telemetry.append({ traces, deadLetters, letterChanges })
    return { receipts: this.#counted(sender.tenantId, stored) }
  }

  async #counted(tenantId: TenantId, stored: Promise<Receipt[]>): Promise<Receipt[]> {
    const receipts = await stored
    this.#quota.add(tenantId, receipts.filter(({ outcome }) => outcome === 'created').length)
    return receipts
  }
}
