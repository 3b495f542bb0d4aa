import { REPORTS } from '../telemetry/usage-tree.ts'
import { slotOf } from './buckets.ts'
import type { Cell, Rows } from './columns.ts'
import type { FailedSpan, SpanColumns, TraceColumns } from './fact-columns.ts'
import { failuresOf } from './failures/failures.ts'
import { SEPARATOR, type TableName, tagMember } from './schema.ts'

/** What is kept of a trace's error. */
const ERROR_CHARACTERS = 200
const NO_TOKENS = [null, null, null, null, null]

/** Where else the rows of traces come from. */
export interface TraceSources {
  projectId(key: number): string
  failedSpans(trace: number): FailedSpan[]
  /** The number of a model, for as long as the facts of a step stand. */
  modelNumber(name: string | null): number | null
}

/** Some traces, and all of their spans. */
export interface Read {
  traces: TraceColumns
  spans: SpanColumns
}

/** What spans say of their traces. */
interface Told {
  cost: Float64Array
  failed: Uint8Array
  /** The first model that a span of a trace used; and all of them, where there are more. */
  model: (string | null)[]
  models: Map<number, Set<string>>
}

/** Lays down the rows of some traces, column by column. */
export function addTraces(read: Read, rows: Record<TableName, Rows>, sources: TraceSources): void {
  const told = addSpans(read, rows, sources)
  const { traces } = read
  addRest(traces, rows, told, sources)
  addFailures(traces, rows, told, sources)
  rows.traces.addColumns([
    traces.key,
    traces.seq,
    traces.tenant,
    traces.project,
    traces.id,
    traces.startedAt,
    traces.startedAt.map(slotOf),
    traces.latencyMs,
    traces.error.map((error) => error !== null),
    traces.error.map((error) => error?.slice(0, ERROR_CHARACTERS).toWellFormed() ?? null),
    traces.failureType,
    traces.name,
    traces.model,
    traces.key.map((_, at) => modelsText(traces.model[at] ?? null, told, at)),
    traces.environment,
    traces.sessionId,
    traces.userId,
    traces.tags.map((tags, at) => tagText(tags, traces.tagMap[at] ?? '{}')),
    traces.cost,
    traces.promptTokens,
    traces.completionTokens,
    traces.spanCount,
  ])
}

function addSpans({ traces, spans }: Read, rows: Record<TableName, Rows>, sources: TraceSources): Told {
  const count = traces.key.length
  const told: Told = {
    cost: new Float64Array(count),
    failed: new Uint8Array(count),
    model: new Array<string | null>(count).fill(null),
    models: new Map(),
  }
  const placeOf = placesOf(traces.key)
  /** The trace of each span. */
  const at = spans.trace.map(placeOf)
  const offset = spans.startedAt.map((started, i) =>
    started === null ? null : started - (traces.startedAt[at[i] ?? 0] ?? 0),
  )
  const calls: number[] = []
  for (let i = 0; i < at.length; i += 1) {
    const trace = at[i] ?? 0
    if (spans.failed[i] === 1) told.failed[trace] = 1
    const model = spans.model[i] ?? null
    if (model !== null) tellModel(told, trace, model)
    if (!isCall(spans, i)) continue
    told.cost[trace] = (told.cost[trace] ?? 0) + (spans.cost[i] ?? 0)
    calls.push(i)
  }
  const of = (column: readonly number[]) => at.map((trace) => column[trace] ?? null)
  const tenant = of(traces.tenant)
  rows.spans.addColumns([
    spans.trace,
    tenant,
    offset,
    spans.latencyMs,
    spans.name,
    spans.type,
    spans.failed,
    spans.failureType,
  ])
  rows.calls.addColumns(
    [
      spans.trace,
      tenant,
      of(traces.project),
      of(traces.startedAt),
      of(traces.startedAt.map(slotOf)),
      spans.latencyMs,
      spans.failed,
      spans.name,
      spans.model.map(sources.modelNumber),
      spans.provider,
      ...USAGE.map((name) => spans[name]),
    ],
    calls,
  )
  return told
}

/** Where a trace stands, by its key. New ones follow on one another. */
function placesOf(keys: readonly number[]): (key: number) => number {
  const first = keys[0] ?? 0
  if (keys.every((key, i) => key === first + i)) return (key) => key - first
  const places = new Map(keys.map((key, i) => [key, i]))
  return (key) => places.get(key) ?? 0
}

function tellModel({ model: firsts, models }: Told, trace: number, model: string): void {
  const first = firsts[trace] ?? null
  if (first === null) firsts[trace] = model
  if (first === null || first === model) return
  const all = models.get(trace)
  if (all) all.add(model)
  else models.set(trace, new Set([first, model]))
}

/** The models of all spans of a trace, where they are not just its own. */
function modelsText(own: string | null, { model, models }: Told, at: number): string | null {
  const first = model[at] ?? null
  const all = new Set(models.get(at) ?? (first === null ? [] : [first]))
  if (own !== null) all.add(own)
  return all.size > 1 ? listText([...all]) : null
}

/** Cost and tokens of a span, in the order of the columns of `calls`. */
const USAGE = [
  'cost',
  'promptTokens',
  'completionTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'reasoningTokens',
] as const
/** The bits of what a span may report: cost, prompt and completion tokens. */
const REPORTED = [REPORTS.cost, REPORTS.promptTokens, REPORTS.completionTokens]
/** The same, with the kinds of tokens that are part of them. */
const REPEATED_WITH = [...REPORTED, REPORTS.promptTokens, REPORTS.promptTokens, REPORTS.completionTokens]

/**
 * Is a span a call: did it use a model or report usage? What it only repeats of the spans below it is theirs (`usage-tree.ts`) and is taken
 * off it; one that reports something, and all of it again, is no call of its own.
 */
function isCall(spans: SpanColumns, i: number): boolean {
  const below = spans.reportedBelow[i] ?? 0
  if (below !== 0) {
    const reported = REPORTED.reduce<number>(
      (bits, bit, k) => bits | (spans[USAGE[k] ?? 'cost'][i] == null ? 0 : bit),
      0,
    )
    if (reported !== 0 && (below & reported) === reported) return false
    for (const [k, bits] of REPEATED_WITH.entries()) if (below & bits) spans[USAGE[k] ?? 'cost'][i] = null
  }
  return spans.model[i] != null || USAGE.some((name) => spans[name][i] != null)
}

/** What a trace cost beyond its spans is a call without a name. */
function addRest(traces: TraceColumns, rows: Record<TableName, Rows>, told: Told, { modelNumber }: TraceSources): void {
  for (let at = 0; at < traces.key.length; at += 1) {
    const rest = (traces.cost[at] ?? 0) - (told.cost[at] ?? 0)
    // Sums of the same numbers in another order differ in their last digits; that is no rest.
    if (Math.abs(rest) <= 1e-9) continue
    const model = modelNumber(traces.model[at] ?? null)
    const slot = slotOf(traces.startedAt[at] ?? 0)
    rows.calls.add([...startOf(traces, at), slot, null, null, null, model, null, rest, ...NO_TOKENS])
  }
}

function addFailures(traces: TraceColumns, rows: Record<TableName, Rows>, told: Told, sources: TraceSources): void {
  for (let at = 0; at < traces.key.length; at += 1) {
    const error = traces.error[at] ?? null
    const spans = told.failed[at] === 1 ? sources.failedSpans(traces.key[at] ?? 0) : []
    if (error === null && spans.length === 0) continue
    const project = sources.projectId(traces.project[at] ?? 0)
    for (const one of failuresOf(project, spans, error === null ? null : wholeTrace(traces, at, error))) {
      const { signature, type, message, span, failureType, variant, seenAt } = one
      rows.failures.add([...startOf(traces, at), seenAt, signature, type, message, span, failureType, variant])
    }
  }
}

/** What calls and failures say of their trace: key, tenant, project and start. */
const startOf = ({ key, tenant, project, startedAt }: TraceColumns, at: number): Cell[] =>
  [key, tenant, project, startedAt].map((column) => column[at] ?? null)

const wholeTrace = (traces: TraceColumns, at: number, error: string) => ({
  name: traces.name[at] ?? '',
  error,
  failureType: traces.failureType[at] ?? null,
  seenAt: traces.createdAt[at] ?? 0,
})

const listText = (members: readonly string[]): string => `${SEPARATOR}${members.join(SEPARATOR)}${SEPARATOR}`

/** Most traces are tagged like others before them; tags that nobody would write by hand are not remembered. */
const known = new Map<string, string>()
const MOST_KNOWN = 1_000
const LONGEST_KNOWN = 2_000

function tagText(tags: string, tagMap: string): string | null {
  if (tags === '[]' && tagMap === '{}') return null
  const both = `${tags}${tagMap}`
  const before = known.get(both)
  if (before !== undefined) return before
  const pairs = Object.entries(JSON.parse(tagMap) as Record<string, string>).map(([key, value]) =>
    tagMember(key, value),
  )
  const text = listText([...(JSON.parse(tags) as string[]), ...pairs])
  if (both.length > LONGEST_KNOWN) return text
  if (known.size === MOST_KNOWN) known.clear()
  known.set(both, text)
  return text
}
