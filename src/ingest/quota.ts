import type { Clock } from '../clock.ts'
import { rfc3339 } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { TenantId } from '../ids.ts'
import { LIMITS, type Plan } from '../plans.ts'
import type { Telemetry } from '../storage/telemetry/telemetry.ts'

/**
 * Traces of the month against the plan, for the plans that are blocked over it. The month's count is read once from the durable
 * counters and goes on in memory; requests that are in flight at the border may go over it together, never under.
 */
export class Quota {
  readonly #telemetry: Telemetry
  readonly #clock: Clock
  readonly #counts = new Map<TenantId, { month: string; traces: number }>()

  constructor(telemetry: Telemetry, clock: Clock) {
    this.#telemetry = telemetry
    this.#clock = clock
  }

  /** Throws `plan_limit_exceeded` (429) when the plan's month is used up. */
  async check(tenantId: TenantId, plan: Plan): Promise<void> {
    const { tracesPerMonth, blocksOverLimit } = LIMITS[plan]
    if (!blocksOverLimit || tracesPerMonth === null) return
    const { traces } = await this.#count(tenantId)
    if (traces < tracesPerMonth) return
    throw new AppError(
      'plan_limit_exceeded',
      `The ${plan} plan takes ${tracesPerMonth} traces a month and they are used up; upgrade, or wait for the next month.`,
      { retryAfterS: this.#secondsToNextMonth() },
    )
  }

  /** Counts traces that were stored. */
  add(tenantId: TenantId, traces: number): void {
    const count = this.#counts.get(tenantId)
    if (count) count.traces += traces
  }

  async #count(tenantId: TenantId): Promise<{ traces: number }> {
    const month = rfc3339(this.#clock.now()).slice(0, 7)
    const known = this.#counts.get(tenantId)
    if (known?.month === month) return known
    const { traces } = await this.#telemetry.ask('usageSince', { tenantId, fromDay: `${month}-01` })
    const count = { month, traces }
    this.#counts.set(tenantId, count)
    return count
  }

  #secondsToNextMonth(): number {
    const now = new Date(this.#clock.now())
    return Math.ceil((Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) - now.getTime()) / 1000)
  }
}
