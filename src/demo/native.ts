import { rfc3339 } from '../clock.ts'
import type { Json, JsonMap, Run, Step, StepKind } from './types.ts'

/** A run as an SDK sends it to `POST /v1/ingest/batch`. */
export function nativeTrace(run: Run): JsonMap {
  return {
    id: run.id,
    name: run.name,
    session_id: run.sessionId,
    user_id: run.userId,
    environment: run.environment,
    tags: run.tags,
    metadata: { app: run.app, ...run.metadata },
    input: run.input,
    output: run.output,
    error: run.error,
    started_at: rfc3339(run.startedAt),
    ended_at: rfc3339(run.endedAt),
    spans: run.steps.map(nativeSpan),
    events: run.events.map(({ stepId, level, message, at }) => ({
      ...{ span_id: stepId, level, message },
      created_at: rfc3339(at),
    })),
  }
}

const TYPES: Record<StepKind, string> = {
  llm: 'llm',
  tool: 'tool',
  retrieval: 'retrieval',
  reranker: 'retrieval',
  agent: 'other',
  chain: 'other',
  embedding: 'other',
}

function nativeSpan(step: Step): JsonMap {
  const { tokens } = step
  return {
    id: step.id,
    parent_span_id: step.parentId,
    name: step.name,
    type: TYPES[step.kind],
    model: step.model,
    input: textOf(step.input),
    output: step.documents.length > 0 ? JSON.stringify(step.documents) : textOf(step.output),
    error: step.error,
    start_time: rfc3339(step.startedAt),
    end_time: rfc3339(step.endedAt),
    prompt_tokens: tokens?.input ?? null,
    completion_tokens: tokens?.output ?? null,
    metadata: {
      ...step.metadata,
      ...(TYPES[step.kind] === step.kind ? {} : { kind: step.kind }),
      ...(step.provider === null ? {} : { provider: step.provider }),
      ...(tokens !== null && tokens.cached > 0 ? { usage: usage(step) } : {}),
    },
  }
}

/** The usage object of the provider, which tells the cached tokens. */
function usage({ provider, tokens }: Step): JsonMap {
  const { input, output, cached } = tokens ?? { input: 0, output: 0, cached: 0 }
  return provider === 'anthropic'
    ? { input_tokens: input - cached, cache_read_input_tokens: cached, output_tokens: output }
    : { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: { cached_tokens: cached } }
}

/** What a model said is its text, unless it called tools. */
function textOf(value: Step['input'] | Step['output']): Json {
  if (value === null || typeof value === 'string') return value
  return Array.isArray(value) || value.tool_calls ? JSON.stringify(value) : value.content
}
