import type { TenantId } from '../ids.ts'
import type { Plan } from '../plans.ts'
import type { DeadLetter, TraceRecord } from '../storage/telemetry/record.ts'
import type { Telemetry } from '../storage/telemetry/telemetry.ts'
import type { Receipt } from '../storage/telemetry/wire.ts'
import { encode } from './encode.ts'
import type { Pricer } from './price.ts'
import type { Quota } from './quota.ts'

export interface Sender {
  tenantId: TenantId
  plan: Plan
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
   * Stores the records and the dead letters in one commit and answers a receipt for each record once it is durable. Throws
   * `plan_limit_exceeded` before, `storage_full` or `storage_unavailable` with nothing stored.
   */
  async store(
    sender: Sender,
    records: readonly TraceRecord[],
    deadLetters: readonly DeadLetter[] = [],
  ): Promise<Receipt[]> {
    await this.#quota.check(sender.tenantId, sender.plan)
    const traces = records.map((record) => encode(record, this.#pricer))
    const receipts = await this.#telemetry.append({ traces, deadLetters })
    const created = receipts.filter(({ outcome }) => outcome === 'created').length
    this.#quota.add(sender.tenantId, created)
    return receipts
  }
}
