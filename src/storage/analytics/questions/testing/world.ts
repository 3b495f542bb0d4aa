import fc from 'fast-check'
import type { EvaluationId, FeedbackId, SpanId, TraceId } from '../../../../ids.ts'
import type { EvaluationFact, FeedbackFact } from '../../../telemetry/facts.ts'
import {
  evaluationFact,
  feedbackFact,
  START,
  type TestStore,
  uuid,
  wireSpan,
  wireTrace,
} from '../../../telemetry/testing.ts'
import type { TestMirror } from '../../testing.ts'

// Traces as the API shows them, and what may be done to a store of them.

export interface Span {
  model: string | null
  cost: number | null
  error: string | null
  latency_ms: number | null
  start_time: string | null
  end_time: string | null
  prompt_tokens: number | null
  completion_tokens: number | null
  cache_read_tokens: number | null
  cache_write_tokens: number | null
  reasoning_tokens: number | null
}

export interface Trace {
  id: string
  name: string | null
  model: string | null
  environment: string | null
  user_id: string | null
  session_id: string | null
  error: string | null
  latency_ms: number | null
  cost: number | null
  started_at: string
  tag_map: Record<string, string>
  metadata: Record<string, unknown>
  spans: Span[]
}

/* ---- what happens ---- */

type Act =
  | { act: 'write'; id: number; fields: Fields; spans: SpanFields[] }
  | { act: 'erase'; id: number }
  | { act: 'feedback'; id: number; label: string }
  | { act: 'evaluate'; id: number; n: number; score: number | null }
  | { act: 'step' }
  | { act: 'commit' }
  | { act: 'reopen' }

const fields = fc.record({
  name: fc.constantFrom(null, 'chat', 'search'),
  environment: fc.constantFrom(null, 'prod', 'dev'),
  userId: fc.constantFrom(null, 'ann', 'bob'),
  sessionId: fc.constantFrom(null, 's1'),
  error: fc.constantFrom(null, null, 'boom'),
  startedAt: fc.option(
    // Evenly, for what matters is not at the ends but at the edges of buckets and ranges.
    fc.noBias(fc.integer({ min: 0, max: 72 * 60 })).map((minutes) => START + minutes * 60_000),
    { nil: null },
  ),
  latencyMs: fc.option(
    fc.oneof(fc.nat(5_000), fc.constantFrom(0, -5, 1, 16, 25, 1_000, 65_535, 65_536, 90_000, Number.MAX_SAFE_INTEGER)),
    {
      nil: null,
    },
  ),
  cost: fc.option(
    fc.nat(1000).map((n) => n / 1024),
    { nil: null },
  ),
  tagMap: fc.constantFrom<Record<string, string>>({}, { region: 'eu' }, { region: 'us', tier: 'pro' }),
  metadata: fc.constantFrom('{}', '{"plan":"free"}', '{"plan":"paid","n":1}'),
  whenKnown: fc.constantFrom('merge' as const, 'duplicate' as const),
})
type Fields = typeof fields extends fc.Arbitrary<infer T> ? T : never

const tokens = fc.option(fc.nat(500), { nil: null })
const span = fc.record({
  n: fc.nat(5),
  model: fc.constantFrom(null, 'gpt', 'claude'),
  cost: fc.option(
    fc.nat(1000).map((n) => n / 1024),
    { nil: null },
  ),
  error: fc.constantFrom(null, null, 'timeout'),
  startedAt: fc.option(
    fc.nat(1000).map((n) => START + n),
    { nil: null },
  ),
  latencyMs: fc.option(fc.nat(3000), { nil: null }),
  promptTokens: tokens,
  completionTokens: tokens,
  cacheReadTokens: tokens,
})
type SpanFields = typeof span extends fc.Arbitrary<infer T> ? T : never

const id = fc.nat(9)
export const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ act: fc.constant('write' as const), id, fields, spans: fc.array(span, { maxLength: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('erase' as const), id }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('feedback' as const),
      id,
      label: fc.constantFrom('good', 'bad', 'neutral'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('evaluate' as const),
      id,
      n: fc.nat(3),
      score: fc.constantFrom(null, 0, 0.4, 0.5, 1),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ act: 'step' as const }) },
  { weight: 1, arbitrary: fc.constant({ act: 'commit' as const }) },
  { weight: 1, arbitrary: fc.constant({ act: 'reopen' as const }) },
)

/** Acts on the store, and keeps what was said of traces. */
export class World {
  readonly test: TestMirror
  feedback: FeedbackFact[] = []
  evaluations: EvaluationFact[] = []

  constructor(test: TestMirror) {
    this.test = test
  }

  get store(): TestStore {
    return this.test.store
  }

  async do(act: Act): Promise<void> {
    switch (act.act) {
      case 'write': {
        const spans = act.spans.map(({ n, ...rest }) => wireSpan({ id: uuid<SpanId>(n), ...rest }))
        this.store.write(wireTrace({ id: uuid<TraceId>(act.id), ...act.fields, spans }))
        return
      }
      case 'erase': {
        const erased = this.store.erase([uuid<TraceId>(act.id)])
        if (erased === 0) return
        this.feedback = this.feedback.filter(({ traceId }) => traceId !== uuid(act.id))
        this.evaluations = this.evaluations.filter(({ traceId }) => traceId !== uuid(act.id))
        return
      }
      case 'feedback': {
        const fact = feedbackFact({ id: uuid<FeedbackId>(nextId++), traceId: uuid<TraceId>(act.id), label: act.label })
        this.feedback.push(fact)
        this.store.state(fact)
        return
      }
      case 'evaluate': {
        const fact = evaluationFact({
          id: uuid<EvaluationId>(1000 + act.id * 10 + act.n),
          traceId: uuid<TraceId>(act.id),
          status: act.score === null ? 'pending' : 'complete',
          score: act.score,
        })
        if (this.store.trace(fact.traceId)) {
          this.evaluations = [...this.evaluations.filter((one) => one.id !== fact.id), fact]
        }
        this.store.state(fact)
        return
      }
      case 'step':
        await this.test.mirror.step()
        return
      case 'commit':
        return this.test.mirror.fold()
      case 'reopen':
        return this.test.reopen()
      default:
        act satisfies never
    }
  }

  traces(): Trace[] {
    return this.store.list().traces.map(({ id }) => this.store.trace(id as TraceId))
  }
}
let nextId = 1
