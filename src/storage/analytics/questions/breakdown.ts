import { rowsOf } from '../duckdb.ts'
import type { BREAKDOWN_SORTS } from '../names.ts'
import type { CountOrder } from './count-parts.ts'
import { type Counted, countedByValue } from './counted.ts'
import { type FactFilter, int, type QuestionSources, type Range, type Scope, within } from './filter.ts'
import { compareValues, type GroupBy, groupExpression } from './groups.ts'
import { QUANTILES } from './latencies.ts'

export interface AskBreakdown {
  filter: FactFilter
  range: Range
  group: GroupBy
  sort: (typeof BREAKDOWN_SORTS)[number]
  limit: number
}

export interface BreakdownRow {
  /** Null: those that have none. */
  value: string | null
  count: number
  errors: number
  errorRate: number
  cost: number | null
  tokens: number | null
  p50: number | null
  p95: number | null
  p99: number | null
}

export interface Breakdown {
  /** Of all groups, also those that are not shown. */
  groups: number
  total: number
  rows: BreakdownRow[]
}

/** The largest groups. By model it is the calls that are counted, for a trace may use several; by anything else traces. */
export function breakdown(sources: QuestionSources, ask: AskBreakdown): Promise<Breakdown> {
  return within(sources, ask.filter, [ask.range], async (scope) => {
    const calls = ask.group.by === 'model'
    const source: Source = {
      alias: calls ? 'c' : 't',
      // What is left of a trace's cost counts for its model, but is not a call, and has neither failed nor not.
      count: calls ? 'count(failed)' : 'count(*)',
      value: () => (calls ? 'c.model' : groupExpression(ask.group, 't', scope.values)),
      from: (ranges) => (calls ? `${scope.calls(ranges)} AND c.model IS NOT NULL` : scope.traces(ranges)),
    }
    return (await fromParts(sources, scope, source, ask)) ?? (await atOnce(sources, scope, source, ask))
  })
}

/** What is counted. */
interface Source extends Pick<CountOrder<Sum>, 'alias' | 'from'> {
  count: string
  value(): string
}

/** By what was counted before, where that is most of it and there are not too many groups. */
async function fromParts(
  sources: QuestionSources,
  scope: Scope,
  source: Source,
  ask: AskBreakdown,
): Promise<Breakdown | null> {
  const { db } = sources
  const { group, range, sort, limit } = ask
  const aggregates = {
    ...{ count: source.count, errors: 'count(*) FILTER (failed)', cost: 'fsum(cost)' },
    ...{ prompt: 'sum(prompt_tokens)', completion: 'sum(completion_tokens)' },
  }
  const order = { db, scope, aggregates, ...source }
  const values = await countedByValue(order, range, ['breakdown', group])
  if (!values) return null
  const names = group.by === 'model' ? await modelNames(sources, [...values.keys()].map(Number)) : null
  const groups = [...values]
    .map(([value, of]) => ({ value: names ? (names.get(Number(value)) ?? null) : (value as string | null), of }))
    .filter(({ of }) => of.sums.count)
  const total = groups.reduce((sum, { of }) => sum + (of.sums.count ?? 0), 0)
  const byLatency = sort === 'latency_p95'
  const rows: BreakdownRow[] = []
  for (const one of byLatency ? groups : sorted(groups.map(withoutLatencies), sort).slice(0, limit)) {
    const [p50 = null, p95 = null, p99 = null] = one.of.latencies().quantiles ?? []
    const { of: _, ...row } = withoutLatencies(one)
    rows.push({ ...row, p50, p95, p99 })
  }
  return { groups: groups.length, total, rows: byLatency ? sorted(rows, sort).slice(0, limit) : rows }
}

type Sum = 'count' | 'errors' | 'cost' | 'prompt' | 'completion'
type Group = { value: string | null; of: Counted<Sum> }

function withoutLatencies({ value, of }: Group) {
  const { count: counted, errors: failed, cost, prompt, completion } = of.sums
  const [count, errors] = [counted ?? 0, failed ?? 0]
  const tokens = prompt === null ? completion : prompt + (completion ?? 0)
  return { value, of, count, errors, errorRate: errors / count, cost, tokens }
}

/** The largest first; what is not known, and then groups without a value, come last. */
function sorted<Row extends Omit<BreakdownRow, 'p50' | 'p95' | 'p99'> & { p95?: number | null }>(
  rows: readonly Row[],
  sort: AskBreakdown['sort'],
): Row[] {
  const size = (row: Row) => (sort === 'latency_p95' ? row.p95 : sort === 'error_rate' ? row.errorRate : row[sort])
  return rows.toSorted((a, b) => {
    const [ofA, ofB] = [size(a) ?? null, size(b) ?? null]
    if (ofA === null || ofB === null)
      return Number(ofA === null) - Number(ofB === null) || compareValues(a.value, b.value)
    return ofB - ofA || compareValues(a.value, b.value)
  })
}

/** Names of models that are remembered; more are looked up again. */
const MOST_NAMES = 10_000

async function modelNames(
  { db, settled: { models } }: QuestionSources,
  keys: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const unknown = keys.filter((key) => !models.has(key))
  if (unknown.length === 0) return models
  if (models.size > MOST_NAMES) models.clear()
  const among = keys.map(int).join()
  const rows = await rowsOf<{ key: number; name: string }>(db, `SELECT key, name FROM models WHERE key IN (${among})`)
  for (const { key, name } of rows) models.set(key, name)
  return models
}

/** By one statement. */
async function atOnce({ db }: QuestionSources, scope: Scope, source: Source, ask: AskBreakdown): Promise<Breakdown> {
  const { group, range, sort, limit } = ask
  const calls = group.by === 'model'
  const rows = await rowsOf<Row>(
    db,
    `WITH grouped AS MATERIALIZED (
       SELECT ${source.value()} AS value, ${source.count} AS n, count(*) FILTER (failed) AS errors, fsum(cost) AS cost,
         sum(prompt_tokens) AS prompt, sum(completion_tokens) AS completion, quantile_cont(latency_ms, ${QUANTILES}) AS latencies
       FROM ${source.from([range])} GROUP BY 1 HAVING n > 0
     )
     SELECT ${calls ? 'm.name' : 'value'} AS value, n AS count, errors, errors / n AS error_rate, cost, latencies, latencies[2] AS latency_p95,
       coalesce(prompt + coalesce(completion, 0), completion)::DOUBLE AS tokens, groups, total
     FROM grouped ${calls ? 'JOIN models m ON m.key = value' : ''}, (SELECT count(*) AS groups, sum(n)::DOUBLE AS total FROM grouped)
     ORDER BY ${sort} DESC NULLS LAST, 1 NULLS LAST LIMIT ${int(limit)}`,
    scope.values.list,
  )
  scope.values.list.length = 0
  return { groups: rows[0]?.groups ?? 0, total: rows[0]?.total ?? 0, rows: rows.map(breakdownRow) }
}

interface Row {
  value: string | null
  count: number
  errors: number
  error_rate: number
  cost: number | null
  tokens: number | null
  latencies: (number | null)[] | null
  groups: number
  total: number
}

function breakdownRow({ value, count, errors, error_rate, cost, tokens, latencies }: Row): BreakdownRow {
  const [p50 = null, p95 = null, p99 = null] = latencies ?? []
  return { value, count, errors, errorRate: error_rate, cost, tokens, p50, p95, p99 }
}
