import type { PackedSpan, PackedTrace, TextReader } from './pack.ts'
import { type Part, REPORTED, REPORTS, type Reported } from './usage-tree.ts'

/**
 * How a trace's own values follow from its spans. Spans arrive in any order over any number of requests, so everything here is a
 * fold: the state holds just enough that the next span can be added without reading the earlier ones.
 */
export interface TraceState {
  sessionId: string | null
  userId: string | null
  environment: string | null
  name: string | null
  model: string | null
  error: string | null
  failureType: string | null
  startedAt: number | null
  endedAt: number | null
  latencyMs: number | null
  cost: number | null
  promptTokens: number | null
  completionTokens: number | null
  spanCount: number
  inputPreview: string | null
  outputPreview: string | null
  fixed: number
  rootSpan: number | null
  rootRank: number | null
  rootStartedAt: number | null
  rootError: string | null
  rootFailureType: string | null
  modelCost: number | null
  lastStartedAt: number | null
  lastError: string | null
  lastFailureType: string | null
}

/** Bits of `fixed`: what the client said outright is never derived. */
const FIXED = {
  name: 1,
  model: 2,
  input: 4,
  output: 8,
  error: 16,
  startedAt: 32,
  endedAt: 64,
  latencyMs: 128,
  cost: 256,
} as const

const PREVIEW_CHARACTERS = 160

/** The state of a trace before its first span: what came with the trace itself. */
export function initialState(trace: PackedTrace, texts: TextReader): TraceState {
  // A native trace says itself whether it failed; only for one that grows from spans does that follow from them.
  let fixed = trace.whenKnown === 'duplicate' ? FIXED.error : 0
  for (const field of Object.keys(FIXED) as (keyof typeof FIXED)[]) if (trace[field] !== null) fixed |= FIXED[field]
  return {
    sessionId: trace.sessionId,
    userId: trace.userId,
    environment: trace.environment,
    name: trace.name,
    model: trace.model,
    error: trace.error,
    failureType: trace.failureType,
    startedAt: trace.startedAt,
    endedAt: trace.endedAt,
    latencyMs: trace.latencyMs,
    cost: trace.cost,
    inputPreview: texts.beginning(trace.input, PREVIEW_CHARACTERS),
    outputPreview: texts.beginning(trace.output, PREVIEW_CHARACTERS),
    fixed,
    ...NOTHING_FOLDED,
  }
}

const NOTHING_FOLDED = {
  promptTokens: null,
  completionTokens: null,
  spanCount: 0,
  rootSpan: null,
  rootRank: null,
  rootStartedAt: null,
  rootError: null,
  rootFailureType: null,
  modelCost: null,
  lastStartedAt: null,
  lastError: null,
  lastFailureType: null,
}

/** What of a span a trace's own values follow from. */
export type FoldedSpan = Pick<
  PackedSpan,
  | 'parentId'
  | 'name'
  | 'type'
  | 'model'
  | 'error'
  | 'failureType'
  | 'startedAt'
  | 'endedAt'
  | 'latencyMs'
  | 'cost'
  | Texts
>
type Texts = 'input' | 'output'
/** Where texts are, by the numbers that spans have for them. */
type Beginnings = Pick<TextReader, 'beginning'>

/** Adds one span, stored under `spanKey`, to the state; what it used is added by `foldUsage`. */
export function foldSpan(state: TraceState, span: FoldedSpan, spanKey: number, texts: Beginnings): void {
  state.spanCount += 1
  foldTimes(state, span)
  foldModel(state, span)
  foldRoot(state, span, spanKey, texts)
  foldLast(state, span)
}

/** Adds what counts of the new spans' tokens and dollars, and takes off what turned out to be a repetition of spans below. */
export function foldUsage(state: TraceState, parts: readonly Part[]): void {
  for (const { span, add: counted, subtract } of parts) {
    for (const name of REPORTED) {
      if (name === 'cost' && state.fixed & FIXED.cost) continue
      const value = span[name] ?? 0
      if (counted & REPORTS[name]) state[name] = (state[name] ?? 0) + value
      else if (subtract & REPORTS[name]) state[name] = Math.max(0, (state[name] ?? 0) - value)
    }
  }
}

/** Derives anew what follows from the costs of a trace's spans; `sum` is what they cost together, each call once. */
export function refoldCosts(
  state: TraceState,
  spans: readonly Pick<PackedSpan, 'type' | 'model' | 'cost'>[],
  sum: number | null,
): void {
  if (!(state.fixed & FIXED.cost)) state.cost = sum
  if (state.fixed & FIXED.model) return
  state.model = null
  state.modelCost = null
  for (const span of spans) foldModel(state, span)
}

/** Derives all anew from all spans of a trace; `sums` is what they report together. */
export function foldAnew(
  state: TraceState,
  spans: Iterable<FoldedSpan & { key: number }>,
  sums: Reported,
  texts: Beginnings,
): void {
  const { fixed } = state
  Object.assign(state, NOTHING_FOLDED)
  for (const name of DERIVED) if (!(fixed & FIXED[name])) state[name] = null
  if (!(fixed & FIXED.input)) state.inputPreview = null
  if (!(fixed & FIXED.output)) state.outputPreview = null
  for (const span of spans) foldSpan(state, span, span.key, texts)
  refoldUsage(state, sums)
}

/** Takes over what the spans of a trace report together. */
export function refoldUsage(state: TraceState, sums: Reported): void {
  for (const name of REPORTED) if (name !== 'cost' || !(state.fixed & FIXED.cost)) state[name] = sums[name]
}

const DERIVED = ['name', 'model', 'error', 'startedAt', 'endedAt', 'latencyMs', 'cost'] as const

/** A trace without spans, of which only log records have come, began when it arrived until a span says better. */
export function awaitStart(state: TraceState): void {
  if (state.spanCount === 0 && !(state.fixed & FIXED.startedAt)) state.startedAt = null
}

/** What log records say of a span shows in the trace where the span is its root. */
export function foldSaid(state: TraceState, spanKey: number, side: 'input' | 'output', text: string): void {
  if (state.rootSpan !== spanKey || state.fixed & FIXED[side]) return
  const beginning = text.length <= PREVIEW_CHARACTERS ? text : text.slice(0, PREVIEW_CHARACTERS).toWellFormed()
  state[side === 'input' ? 'inputPreview' : 'outputPreview'] = beginning
}

/** Settles what only the whole tells, after the last span of a request. `receivedAt` stands in for a start that nobody gave. */
export function settle(state: TraceState, receivedAt: number): void {
  state.startedAt ??= state.endedAt ?? receivedAt
  settleError(state)
  if (state.fixed & FIXED.latencyMs) return
  const { startedAt, endedAt } = state
  // A clock that ran backwards measured nothing: no latency is better than a negative one.
  state.latencyMs = endedAt === null || endedAt < startedAt ? null : endedAt - startedAt
}

/** Fills trace-level fields that a later request knows and the earlier ones did not. True if anything changed. */
export function fillGaps(state: TraceState, trace: PackedTrace): boolean {
  const before = [state.sessionId, state.userId, state.environment]
  state.sessionId ??= trace.sessionId
  state.userId ??= trace.userId
  state.environment ??= trace.environment
  return before[0] !== state.sessionId || before[1] !== state.userId || before[2] !== state.environment
}

function foldTimes(state: TraceState, span: FoldedSpan): void {
  const { startedAt } = span
  const endedAt = span.endedAt ?? (startedAt !== null && span.latencyMs !== null ? startedAt + span.latencyMs : null)
  if (startedAt !== null && !(state.fixed & FIXED.startedAt)) {
    state.startedAt = state.startedAt === null ? startedAt : Math.min(state.startedAt, startedAt)
  }
  if (endedAt !== null && !(state.fixed & FIXED.endedAt)) {
    state.endedAt = state.endedAt === null ? endedAt : Math.max(state.endedAt, endedAt)
  }
}

/** A model call comes before any other span, whose cost may be that of several calls inside it. */
const MODEL_CALL = 1e6

/** The model of a trace is that of its most expensive model call; unpriced calls count as free, equals go by name. */
function foldModel(state: TraceState, span: Pick<PackedSpan, 'type' | 'model' | 'cost'>): void {
  if (state.fixed & FIXED.model || span.model === null) return
  const cost = (span.cost ?? 0) + (span.type === 'llm' ? MODEL_CALL : 0)
  const dearer = state.modelCost === null || cost > state.modelCost
  if (!dearer && !(cost === state.modelCost && span.model < (state.model ?? ''))) return
  state.model = span.model
  state.modelCost = cost
}

/** The root: a span without parent before one whose parent has not come, the earlier before the later. */
function foldRoot(state: TraceState, span: FoldedSpan, spanKey: number, texts: Beginnings): void {
  const rank = span.parentId === null ? 0 : 1
  const startedAt = span.startedAt ?? Number.MAX_SAFE_INTEGER
  if (!comesFirst(rank, startedAt, state)) return
  state.rootSpan = spanKey
  state.rootRank = rank
  state.rootStartedAt = startedAt
  state.rootError = span.error
  state.rootFailureType = span.failureType
  if (!(state.fixed & FIXED.name)) state.name = span.name
  if (!(state.fixed & FIXED.input)) state.inputPreview = texts.beginning(span.input, PREVIEW_CHARACTERS)
  if (!(state.fixed & FIXED.output)) state.outputPreview = texts.beginning(span.output, PREVIEW_CHARACTERS)
}

function comesFirst(rank: number, startedAt: number, { rootRank, rootStartedAt }: TraceState): boolean {
  if (rootRank === null || rootStartedAt === null) return true
  return rank < rootRank || (rank === rootRank && startedAt < rootStartedAt)
}

/** Of steps that began in the same millisecond one that failed counts, so that their order of arrival does not. */
function foldLast(state: TraceState, span: FoldedSpan): void {
  const startedAt = span.startedAt ?? 0
  const before = state.lastStartedAt ?? Number.NEGATIVE_INFINITY
  if (startedAt < before || (startedAt === before && !comesBefore(span.error, state.lastError))) return
  state.lastStartedAt = startedAt
  state.lastError = span.error
  state.lastFailureType = span.failureType
}

const comesBefore = (error: string | null, other: string | null): boolean =>
  error !== null && (other === null || error < other)

/**
 * A trace that grows from spans failed if its root did, or if the step that began last did: a failed step that others follow was
 * recovered from.
 */
function settleError(state: TraceState): void {
  if (state.fixed & FIXED.error) return
  const fromRoot = state.rootError !== null
  state.error = fromRoot ? state.rootError : state.lastError
  state.failureType = fromRoot ? state.rootFailureType : state.lastFailureType
}
