import { isObject, type JsonObject, type JsonValue } from '../../../storage/telemetry/record.ts'
import { usageFromProvider } from '../../usage.ts'
import { documentsOf, requestParameters, requestText, requestTools, responseText } from './chat.ts'
import type { Family, SpanType } from './family.ts'
import { compact, stringsIn } from './messages.ts'
import { fromJson, type SpanSource } from './source.ts'

/**
 * LangSmith's SDK in its OpenTelemetry mode (https://docs.langchain.com/langsmith/trace-with-opentelemetry): inputs and outputs are JSON in
 * `gen_ai.prompt` and `gen_ai.completion`, the run's metadata (`ls_*` among it) in `langsmith.metadata.*`.
 */
export const langSmith: Family = {
  name: 'langsmith',
  claims: (source) => source.hasPrefix('langsmith.'),
  fields: {
    type: (source) => spanType(source.takeText('langsmith.span.kind')),
    model: (source) => source.takeText('gen_ai.response.model'),
    requested_model: (source) => source.takeText(`${META}ls_model_name`, 'gen_ai.request.model'),
    provider: (source) => source.takeText(`${META}ls_provider`),
    input: (source) => requestText(source.takeJson('gen_ai.prompt')),
    output: (source) => responseText(unwrap(source.takeJson('gen_ai.completion') ?? null)),
    usage: (source) => {
      const reported = source.takeObject(`${META}usage_metadata`)
      return reported && usageFromProvider(reported)
    },
    sessionId: (source) =>
      source.takeText(...['session_id', 'thread_id', 'conversation_id'].map((name) => META + name)),
    userId: (source) => source.takeText(`${META}user_id`),
    environment: (source) => source.takeText(`${META}environment`),
    tags: (source) => tags(source.take('langsmith.span.tags')),
    parameters: (source) => parameters(source),
    tools: (source) => requestTools(source.peek('gen_ai.prompt')),
    documents: (source) =>
      source.peek('langsmith.span.kind') === 'retriever'
        ? documentsOf(unwrap(fromJson(source.peek('gen_ai.completion') ?? null)))
        : null,
    prompt: (source) => source.takeAll({ [`${META}lc_hub_repo`]: 'name', [`${META}lc_hub_commit_hash`]: 'version' }),
    traceMetadata: (source) => ownMetadata(source),
    metadata: (source) => source.takeUnder(META),
  },
}

const META = 'langsmith.metadata.'

const TYPES = new Map<string, SpanType>([
  ['llm', { type: 'llm', kind: null }],
  ['tool', { type: 'tool', kind: null }],
  ['retriever', { type: 'retrieval', kind: null }],
])

const spanType = (kind: string | null): SpanType | null =>
  kind === null ? null : (TYPES.get(kind) ?? { type: 'other', kind })

/** `{output: …}` is how the SDK wraps a value that is no object. */
function unwrap(value: JsonValue): JsonValue {
  return isObject(value) && 'output' in value && Object.keys(value).length === 1 ? (value.output ?? null) : value
}

function tags(value: JsonValue | undefined): string[] | null {
  const list = typeof value === 'string' ? value.split(',').map((tag) => tag.trim()) : value
  const found = stringsIn(list)
  return found.length === 0 ? null : found
}

/** What LangChain derives of the call (`ls_temperature`), and the request as it was sent. */
function parameters(source: SpanSource): JsonObject | null {
  const derived = source.takeAll({
    [`${META}ls_temperature`]: 'temperature',
    [`${META}ls_max_tokens`]: 'max_tokens',
    [`${META}ls_stop`]: 'stop',
  })
  const asked = requestParameters(source.peek('gen_ai.prompt'))
  return compact({ ...asked, ...source.takeObject(`${META}ls_invocation_params`), ...derived })
}

/** Without what the SDK adds itself. */
function ownMetadata(source: SpanSource): JsonObject | null {
  const all = Object.entries(source.peekUnder(META) ?? {})
  return compact(Object.fromEntries(all.filter(([key]) => !/^(?:ls_|LANGSMITH_|usage_metadata)/.test(key))))
}
