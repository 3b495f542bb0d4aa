import { z } from 'zod'
import { COST_KINDS } from '../../storage/telemetry/charge.ts'
import { evaluation } from '../eval/contract.ts'
import { feedback } from '../feedback/contract.ts'
import { timestamp, uuid } from '../http/schemas.ts'

const json = z.record(z.string(), z.unknown())
const text = z.string().nullable()
const number = z.number().nullable()
const integer = z.number().int().nullable()

const usageDetails = z
  .object({
    cache_write_1h_tokens: z.number().int().optional().meta({ description: 'Part of `cache_write_tokens`.' }),
    input_audio_tokens: z.number().int().optional().meta({ description: 'Part of `prompt_tokens`.' }),
    output_audio_tokens: z.number().int().optional().meta({ description: 'Part of `completion_tokens`.' }),
    cache_read_audio_tokens: z.number().int().optional(),
    cache_read_image_tokens: z.number().int().optional(),
    input_image_tokens: z.number().int().optional(),
    output_image_tokens: z.number().int().optional(),
    web_searches: z.number().int().optional().meta({ description: 'Searches that the provider charges for.' }),
    service_tier: z.string().optional().meta({ description: '`batch`, `flex`, `priority` …' }),
    region: z.string().optional(),
  })
  .meta({ id: 'UsageDetails' })

const costDetails = z
  .object({
    source: z.string().meta({ description: '`override`, `config`, the bundled table or an address.' }),
    as_of: z.string().nullable(),
    provider: text,
    model: z.string(),
    tier: z.string().optional(),
    region: z.string().optional(),
    per_million: json.meta({
      description: 'US dollars for a million tokens of each sort; with `tiers` by the size of the input.',
    }),
    per_call: z.number().optional(),
    per_search: z.number().optional(),
  })
  .meta({ id: 'CostDetails' })

export const span = z
  .object({
    id: uuid,
    external_id: z.string().optional().meta({ description: "The client's own id, where it was not a UUID." }),
    tenant_id: uuid,
    trace_id: uuid,
    parent_span_id: uuid.nullable(),
    otel_trace_id: text,
    otel_span_id: text,
    created_at: timestamp,
    name: z.string(),
    type: z
      .string()
      .meta({ description: '`llm`, `tool`, `retrieval` or `other`; a type of the client is kept as it came.' }),
    kind: text.meta({
      description: 'The finer kind, such as agent, chain, embedding, reranker, guardrail, evaluator.',
    }),
    model: text,
    provider: text,
    input: text,
    output: text,
    error: text,
    failure_type: text,
    start_time: timestamp.nullable(),
    end_time: timestamp.nullable(),
    latency_ms: integer,
    cost: number.meta({ description: 'US dollars.' }),
    prompt_tokens: integer.meta({ description: 'All input tokens, cached ones included.' }),
    completion_tokens: integer.meta({ description: 'All output tokens, reasoning included.' }),
    cache_read_tokens: integer,
    cache_write_tokens: integer,
    reasoning_tokens: integer,
    usage_details: usageDetails.nullable().meta({ description: 'Finer parts of what was used, where there are any.' }),
    cost_details: costDetails.nullable().meta({
      description: 'How `cost` was worked out; null where the client said it, and where no price is known.',
    }),
    metadata: json,
  })
  .meta({ id: 'Span' })

export const event = z
  .object({
    id: uuid,
    span_id: uuid.nullable(),
    level: z.enum(['info', 'warn', 'error']),
    message: z.string(),
    created_at: timestamp.nullable(),
    metadata: json,
  })
  .meta({ id: 'TraceEvent' })

const match = z
  .object({
    field: z.enum(['name', 'input', 'output', 'error']),
    span_id: uuid.nullable().meta({ description: 'null: in the trace itself.' }),
    parts: z
      .array(z.object({ text: z.string(), hit: z.boolean() }))
      .meta({ description: 'What stands around the match, in order; what was found has `hit`.' }),
  })
  .meta({ id: 'TraceMatch' })

export const trace = z
  .object({
    id: uuid,
    project_id: uuid,
    session_id: text,
    external_id: text,
    otel_trace_id: text,
    user_id: text,
    environment: text,
    name: text,
    model: text,
    latency_ms: integer,
    cost: number.meta({ description: 'US dollars.' }),
    total_token_count: integer,
    error: text,
    failure_type: text,
    tags: z.array(z.string()),
    tag_map: z.record(z.string(), z.string()),
    span_count: z.number().int(),
    started_at: timestamp,
    ended_at: timestamp.nullable(),
    input_preview: text.optional().meta({ description: 'Lists only: how the input begins.' }),
    output_preview: text.optional().meta({ description: 'Lists only: how the output begins.' }),
    input: text.optional().meta({ description: 'One trace only.' }),
    output: text.optional().meta({ description: 'One trace only.' }),
    metadata: json.optional().meta({ description: 'One trace only.' }),
    control_loop_depth: integer
      .optional()
      .meta({ description: 'One trace only: retries that the control loop has run on it.' }),
    match: match.nullable().optional().meta({
      description: 'With `q` only: where the text was found; null where that could not be shown.',
    }),
    events: z.array(event).optional().meta({ description: 'One trace only.' }),
    feedback: z.array(feedback).optional().meta({ description: 'One trace only: what was said of it, oldest first.' }),
    evals: z.array(evaluation).optional().meta({ description: 'One trace only: how it was scored, oldest first.' }),
    spans: z.array(span).optional().meta({ description: 'One trace only: in the order of their start.' }),
  })
  .meta({ id: 'Trace' })

/** A span without its texts. */
const spanOutline = z
  .object({
    id: uuid,
    parent_span_id: uuid.nullable(),
    name: z.string(),
    type: z.string(),
    kind: text,
    model: text,
    error: text.meta({ description: 'Its first 200 characters.' }),
    start_ms: integer.meta({ description: 'Milliseconds after the start of the trace.' }),
    duration_ms: integer,
    cost: number,
    prompt_tokens: integer,
    completion_tokens: integer,
  })
  .meta({ id: 'SpanOutline' })

export const traceOutline = trace
  .omit({ input_preview: true, output_preview: true })
  .extend({ spans: z.array(spanOutline).meta({ description: 'In the order of their start.' }) })
  .meta({ id: 'TraceOutline' })

const foundIn = z.array(z.enum(['input', 'output', 'error', 'metadata', 'events']))

export const spansFound = z
  .object({
    trace: foundIn.meta({ description: 'In what the trace says of itself, and in events that belong to no span.' }),
    spans: z.array(z.object({ span_id: uuid, in: foundIn }).meta({ id: 'SpanFound' })),
  })
  .meta({ id: 'SpansFound' })

const costPart = z
  .object({
    kind: z.enum(COST_KINDS).meta({
      description:
        'A sort of tokens; `call` and `search` are charged by the piece; `stated` is what the sender said without saying of what it is made.',
    }),
    quantity: integer.meta({ description: 'Tokens, calls or searches.' }),
    cost: z.number(),
    per_million: number.meta({ description: 'Dollars for a million tokens, where that was the same for all.' }),
  })
  .meta({ id: 'CostPart' })

export const traceCosts = z
  .object({
    cost: number.meta({ description: 'As the trace has it: it may state another than its spans add up to.' }),
    spans_cost: z.number().meta({ description: 'What its spans cost together, each call once.' }),
    models: z
      .array(
        z
          .object({
            model: text,
            provider: text,
            tier: text.meta({ description: '`batch`, `flex`, `priority` …' }),
            calls: z.number().int(),
            cost: z.number(),
            parts: z.array(costPart),
          })
          .meta({ id: 'ModelCosts' }),
      )
      .meta({ description: 'The dearest first.' }),
    unpriced_calls: z.number().int().meta({ description: 'Calls with tokens and no price.' }),
  })
  .meta({ id: 'TraceCosts', description: 'US dollars.' })

export const tracePage = z
  .object({
    traces: z.array(trace),
    next_cursor: z.string().nullable(),
    has_more: z.boolean(),
    not_yet_searchable: z.number().int().optional().meta({
      description: 'With `q` only: changes of traces that the index of texts has not seen yet.',
    }),
  })
  .meta({ id: 'TraceListResponse' })
