import { rfc3339 } from '../../clock.ts'
import type { PackedSpan } from './pack.ts'
import type { Statements } from './statements.ts'
import { usageMoreOf } from './usage-more.ts'

/** A sender that makes names of models up must not fill the table: what is beyond counts together, under no name. */
const MOST_A_DAY = 1_000
const LONGEST_NAME = 300

/** Counts calls that have tokens and no price, by day, model, provider and tier, in the commit that stores them. */
export class UnpricedCounter {
  readonly #sql: Statements
  readonly #counts = new Map<string, Count>()
  /** How many names each day of each tenant has; read once, then kept. */
  readonly #names = new Map<string, number>()

  constructor(sql: Statements) {
    this.#sql = sql
  }

  count(tenant: number, atMs: number, { model, provider, usageMore }: PackedSpan): void {
    const day = rfc3339(atMs).slice(0, 10)
    const tier = usageMore === null ? '' : (usageMoreOf(usageMore).tier ?? '')
    const count = { tenant, day, model: short(model), provider: short(provider), tier, spans: 1 }
    const at = JSON.stringify([tenant, day, count.model, count.provider, tier])
    const before = this.#counts.get(at)
    if (before) before.spans += 1
    else this.#counts.set(at, count)
  }

  flush(): void {
    for (const { tenant, day, model, provider, tier, spans } of this.#counts.values()) {
      if (this.#mayName(tenant, day)) this.#sql.addUnpriced.run(tenant, day, model, provider, tier, spans)
      else this.#sql.addUnpriced.run(tenant, day, '', '', '', spans)
    }
    this.#counts.clear()
  }

  /** After a rollback. */
  forget(): void {
    this.#counts.clear()
    this.#names.clear()
  }

  #mayName(tenant: number, day: string): boolean {
    const at = `${tenant} ${day}`
    const names = this.#names.get(at) ?? this.#sql.unpricedOfDay.get(tenant, day) ?? 0
    if (this.#names.size > 1_000) this.#names.clear()
    // Counted too high where the name is there already; read anew, it is right again.
    if (names < MOST_A_DAY) this.#names.set(at, names + 1)
    else this.#names.delete(at)
    return names < MOST_A_DAY
  }
}

interface Count {
  tenant: number
  day: string
  model: string
  provider: string
  tier: string
  spans: number
}

const short = (name: string | null): string => (name ?? '').slice(0, LONGEST_NAME).toWellFormed()
