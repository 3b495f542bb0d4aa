import type { Database } from 'better-sqlite3'
import { type AllRates, allRates, COST_KINDS, charge, type GivenRates } from '../charge.ts'
import { USAGE_COLUMNS, type UsageRow, usageOf } from '../usage-more.ts'
import { REPORTS } from '../usage-tree.ts'
import { type AskTrace, findTrace } from './detail.ts'

/** What the cost of a trace is made of. Dollars. */
export interface TraceCosts {
  /** As the trace has it: it may state another than its spans add up to. */
  cost: number | null
  /** What its spans cost together, each call once. */
  spans: number
  /** The dearest first. */
  models: ModelCosts[]
  /** Calls with tokens and no price. */
  unpricedCalls: number
}

export interface ModelCosts {
  model: string | null
  provider: string | null
  /** How the provider served the calls, if not in the standard way. */
  tier: string | null
  calls: number
  cost: number
  parts: CostPart[]
}

export interface CostPart {
  kind: (typeof COST_KINDS)[number]
  /** Tokens; of what is charged by the piece, how many; null where that is not known. */
  quantity: number | null
  cost: number
  /** Dollars for a million tokens; null where it was not one rate for all, or is not by tokens. */
  perMillion: number | null
}

interface Row extends UsageRow {
  model: string | null
  provider: string | null
  cost: number | null
  below: number
  price: number | null
}

/** The rates of a span, as they are kept with it. */
interface Price {
  tier?: string
  per_million: GivenRates
  per_call?: number
  per_search?: number
}

interface AskCosts extends AskTrace {
  /** Of this span alone, whatever the calls inside it repeat. */
  spanId?: string
}

/** Null when the tenant has no such trace. */
export function traceCosts(db: Database, ask: AskCosts): TraceCosts | null {
  const trace = findTrace(db, ask)
  if (!trace) return null
  const sums = new Sums((key) => {
    const body = db.prepare<[number], string>('SELECT body FROM prices WHERE key = ?').pluck().get(key)
    return body === undefined ? null : (JSON.parse(body) as Price)
  })
  const one = ask.spanId === undefined ? [] : [ask.spanId]
  const rows = db.prepare<(number | string)[], Row>(
    `SELECT s.model, s.provider, s.cost, ${one.length > 0 ? '0' : 'ifnull(s.reported_below, 0)'} AS below, y.price, ${USAGE_COLUMNS}
     FROM spans s CROSS JOIN span_payloads y ON y.key = s.key
     WHERE s.trace = ? ${one.map(() => 'AND s.id = ?').join('')}
       AND (s.cost IS NOT NULL OR s.prompt_tokens IS NOT NULL OR s.completion_tokens IS NOT NULL)`,
  )
  for (const row of rows.iterate(trace.key, ...one)) sums.add(row)
  return { cost: trace.cost, ...sums.done() }
}

class Sums {
  readonly #readPrice: (key: number) => Price | null
  readonly #prices = new Map<number, { price: Price; rates: AllRates } | null>()
  readonly #models = new Map<string, ModelCosts>()
  #unpriced = 0

  constructor(readPrice: (key: number) => Price | null) {
    this.#readPrice = readPrice
  }

  add(row: Row): void {
    if (row.cost === null) {
      // What repeats the calls inside it is no call.
      if (row.below === 0) this.#unpriced += 1
      return
    }
    if (row.below & REPORTS.cost) return
    const kept = row.price === null ? null : this.#price(row.price)
    const model = this.#model(row, kept?.price.tier ?? null)
    model.calls += 1
    model.cost += row.cost
    if (!kept) {
      put(model, 'stated', null, row.cost, null)
      return
    }
    const usage = usageOf(row)
    charge(usage, kept.rates, (sort, tokens, perMillion) => {
      put(model, sort, tokens, (tokens * perMillion) / 1e6, perMillion)
    })
    const { per_call = 0, per_search = 0 } = kept.price
    if (per_call > 0) put(model, 'call', 1, per_call, null)
    const searches = usage.more?.webSearches ?? 0
    if (per_search > 0 && searches > 0) put(model, 'search', searches, per_search * searches, null)
  }

  done(): Omit<TraceCosts, 'cost'> {
    const models = [...this.#models.values()].sort((a, b) => b.cost - a.cost)
    for (const { parts } of models) parts.sort((a, b) => COST_KINDS.indexOf(a.kind) - COST_KINDS.indexOf(b.kind))
    return { spans: models.reduce((sum, { cost }) => sum + cost, 0), models, unpricedCalls: this.#unpriced }
  }

  #price(key: number): { price: Price; rates: AllRates } | null {
    const known = this.#prices.get(key)
    if (known !== undefined) return known
    const price = this.#readPrice(key)
    const kept = price && { price, rates: allRates(price.per_million) }
    this.#prices.set(key, kept)
    return kept
  }

  #model({ model, provider }: Row, tier: string | null): ModelCosts {
    const key = JSON.stringify([model, provider, tier])
    const known = this.#models.get(key) ?? { model, provider, tier, calls: 0, cost: 0, parts: [] }
    this.#models.set(key, known)
    return known
  }
}

function put(
  { parts }: ModelCosts,
  kind: CostPart['kind'],
  quantity: number | null,
  cost: number,
  perMillion: number | null,
): void {
  const part = parts.find((one) => one.kind === kind)
  if (!part) {
    parts.push({ kind, quantity, cost, perMillion })
    return
  }
  part.quantity = part.quantity === null || quantity === null ? null : part.quantity + quantity
  part.cost += cost
  if (part.perMillion !== perMillion) part.perMillion = null
}
