import { REPORTS } from '../telemetry/usage-tree.ts'
import type { Cell, Rows } from './columns.ts'
import { type FailedSpan, keyOf, type Row, SPAN, TRACE } from './fact-columns.ts'
import { failuresOf } from './failures/failures.ts'
import { SEPARATOR, type TableName, tagMember } from './schema.ts'

/** What is kept of a trace's error. */
const ERROR_CHARACTERS = 200
const NO_TOKENS = [null, null, null, null, null]

/** Where else a trace's rows come from. */
export interface TraceSources {
  projectId(key: number): string
  failedSpans(trace: number): FailedSpan[]
}

/** Makes the rows of one trace: told of each of its spans, then asked for the rest. */
export class TraceFacts {
  readonly #row: Row
  readonly #rows: Record<TableName, Rows>
  readonly #models = new Set<string>()
  /** What every call says of its trace: key, tenant, project and start. */
  readonly #start: readonly Cell[]
  #spanCost = 0
  #failedSpan = false

  constructor(row: Row, rows: Record<TableName, Rows>) {
    this.#row = row
    this.#rows = rows
    this.#start = [keyOf(row), row[TRACE.tenant] ?? null, row[TRACE.project] ?? null, row[TRACE.startedAt] ?? null]
  }

  add(span: Row): void {
    const [trace = null, tenant = null] = this.#start
    const started = span[SPAN.startedAt] as number | null
    const latency = span[SPAN.latencyMs] as number | null
    const failed = span[SPAN.failed] === 1
    if (failed) this.#failedSpan = true
    const name = span[SPAN.name] as string
    const offset = started === null ? null : started - (this.#row[TRACE.startedAt] as number)
    const type = span[SPAN.type] as string
    this.#rows.spans.add([trace, tenant, offset, latency, name, type, failed, span[SPAN.failureType] ?? null])
    const model = span[SPAN.model] as string | null
    if (model !== null) this.#models.add(model)
    const usage = ownUsage(span)
    if (!usage || (model === null && usage.every((one) => one === null))) return
    this.#spanCost += usage[0] ?? 0
    this.#rows.calls.add([...this.#start, latency, failed, name, model, span[SPAN.provider] ?? null, ...usage])
  }

  end({ projectId, failedSpans }: TraceSources): void {
    const row = this.#row
    const model = row[TRACE.model] as string | null
    const cost = row[TRACE.cost] as number | null
    const rest = cost === null ? 0 - this.#spanCost : cost - this.#spanCost
    // Sums of the same numbers in another order differ in their last digits; that is no rest.
    if (Math.abs(rest) > 1e-9) this.#rows.calls.add([...this.#start, null, null, null, model, null, rest, ...NO_TOKENS])
    if (model !== null) this.#models.add(model)
    const error = row[TRACE.error] as string | null
    const spans = this.#failedSpan ? failedSpans(keyOf(row)) : []
    if (error !== null || spans.length > 0) this.#addFailures(projectId(row[TRACE.project] as number), error, spans)
    this.#rows.traces.add([
      keyOf(row),
      row[TRACE.seq] as number,
      row[TRACE.tenant] as number,
      row[TRACE.project] as number,
      row[TRACE.id] as string,
      row[TRACE.startedAt] as number,
      row[TRACE.latencyMs] as number | null,
      error !== null,
      error?.slice(0, ERROR_CHARACTERS).toWellFormed() ?? null,
      row[TRACE.failureType] as string | null,
      row[TRACE.name] as string | null,
      model,
      this.#models.size > 1 ? listText([...this.#models]) : null,
      row[TRACE.environment] as string | null,
      row[TRACE.sessionId] as string | null,
      row[TRACE.userId] as string | null,
      tagText(row[TRACE.tags] as string, row[TRACE.tagMap] as string),
      cost,
      row[TRACE.promptTokens] as number | null,
      row[TRACE.completionTokens] as number | null,
      row[TRACE.spanCount] as number,
    ])
  }

  #addFailures(project: string, error: string | null, spans: readonly FailedSpan[]): void {
    const whole = error === null ? null : wholeTrace(this.#row, error)
    for (const one of failuresOf(project, spans, whole)) {
      const { signature, type, message, span, failureType, variant, seenAt } = one
      this.#rows.failures.add([...this.#start, seenAt, signature, type, message, span, failureType, variant])
    }
  }
}

/**
 * Cost and tokens of a span, in the order of the columns of `calls`, without what it only repeats of the spans below it: that is theirs
 * (`usage-tree.ts`). Null where it reports something, and all of it again: then it is no call of its own.
 */
function ownUsage(span: Row): (number | null)[] | null {
  const usage = span.slice(SPAN.cost) as (number | null)[]
  const below = (span[SPAN.reportedBelow] as number | null) ?? 0
  if (below === 0) return usage
  const reported = usage.reduce<number>((bits, one, i) => bits | (one === null ? 0 : (REPORTED[i] ?? 0)), 0)
  if (reported !== 0 && (below & reported) === reported) return null
  return usage.map((one, i) => (below & (REPEATED_WITH[i] ?? 0) ? null : one))
}

/** The bits of what a span may report: cost, prompt and completion tokens. */
const REPORTED = [REPORTS.cost, REPORTS.promptTokens, REPORTS.completionTokens]
/** The same, with the kinds of tokens that are part of them. */
const REPEATED_WITH = [...REPORTED, REPORTS.promptTokens, REPORTS.promptTokens, REPORTS.completionTokens]

const wholeTrace = (row: Row, error: string) => ({
  name: (row[TRACE.name] as string | null) ?? '',
  error,
  failureType: row[TRACE.failureType] as string | null,
  seenAt: row[TRACE.createdAt] as number,
})

const listText = (members: readonly string[]): string => `${SEPARATOR}${members.join(SEPARATOR)}${SEPARATOR}`

function tagText(tags: string, tagMap: string): string | null {
  if (tags === '[]' && tagMap === '{}') return null
  const pairs = Object.entries(JSON.parse(tagMap) as Record<string, string>).map(([key, value]) =>
    tagMember(key, value),
  )
  return listText([...(JSON.parse(tags) as string[]), ...pairs])
}
