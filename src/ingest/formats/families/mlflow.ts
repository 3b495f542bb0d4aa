import { isObject, type JsonObject, type JsonValue, type Usage } from '../../../storage/telemetry/record.ts'
import { usageFromProvider } from '../../usage.ts'
import { documentsOf, requestText, requestTools, responseText } from './chat.ts'
import type { Family, SpanType } from './family.ts'
import { fromJson, type SpanSource } from './source.ts'

/** MLflow Tracing (https://mlflow.org/docs/latest/genai/tracing/): every attribute is JSON text, strings in quotes. */
export const mlflow: Family = {
  name: 'mlflow',
  claims: (source) => source.hasPrefix('mlflow.'),
  fields: {
    type: (source) => spanType(text(source, 'mlflow.spanType')),
    model: (source) => text(source, 'mlflow.llm.model'),
    requested_model: (source) => text(source, 'model'),
    provider: (source) => text(source, 'mlflow.llm.provider'),
    input: (source) => requestText(source.takeJson('mlflow.spanInputs')),
    output: (source) => responseText(source.takeJson('mlflow.spanOutputs')),
    usage: (source) => usage(source),
    cost: (source) => {
      const cost = source.takeObject('mlflow.llm.cost')?.total_cost
      return typeof cost === 'number' && cost >= 0 ? cost : null
    },
    sessionId: (source) => text(source, 'mlflow.trace.session'),
    userId: (source) => text(source, 'mlflow.trace.user'),
    parameters: (source) => parsed(source.takeAll(PARAMETERS)),
    tools: (source) => source.takeJson('mlflow.chat.tools') ?? requestTools(source.peek('mlflow.spanInputs')),
    documents: (source) =>
      source.peek('mlflow.spanType') === '"RETRIEVER"'
        ? documentsOf(fromJson(source.peek('mlflow.spanOutputs') ?? null))
        : null,
  },
}

/** MLflow repeats the request's fields as attributes of the span. */
const PARAMETERS = Object.fromEntries(
  [
    'temperature',
    'top_p',
    'top_k',
    'max_tokens',
    'max_completion_tokens',
    'stop',
    'seed',
    'stream',
    'n',
    'response_format',
  ].map((name) => [name, name]),
)

const TYPES = new Map<string, SpanType>([
  ['LLM', { type: 'llm', kind: null }],
  ['CHAT_MODEL', { type: 'llm', kind: null }],
  ['TOOL', { type: 'tool', kind: null }],
  ['RETRIEVER', { type: 'retrieval', kind: null }],
  ['RERANKER', { type: 'retrieval', kind: 'reranker' }],
])

function spanType(name: string | null): SpanType | null {
  if (name === null || name === 'UNKNOWN') return null
  return TYPES.get(name) ?? { type: 'other', kind: name.toLowerCase() }
}

function text(source: SpanSource, key: string): string | null {
  const value = fromJson(source.peek(key) ?? null)
  if (typeof value !== 'string' || value === '') return null
  source.take(key)
  return value
}

const CALLS = new Set<JsonValue>(['"LLM"', '"CHAT_MODEL"', '"EMBEDDING"'])

/** The provider's own object in the answer tells more than MLflow's, whose input contains the cached tokens. */
function usage(source: SpanSource): Usage | null {
  const own = source.takeObject('mlflow.chat.tokenUsage')
  const answer = fromJson(source.peek('mlflow.spanOutputs') ?? null)
  const reported =
    isObject(answer) && CALLS.has(source.peek('mlflow.spanType') ?? null) ? usageFromProvider(answer) : null
  if (reported !== null || own === null) return reported
  const {
    cache_read_input_tokens: read = null,
    cache_creation_input_tokens: written = null,
    cache_creation_input_tokens_above_1hr: anHour = null,
    ...inclusive
  } = own
  const details = { cached_tokens: read, cache_write_tokens: written, ephemeral_1h_input_tokens: anHour }
  return usageFromProvider({ ...inclusive, input_tokens_details: details })
}

const parsed = (values: JsonObject | null): JsonObject | null =>
  values && Object.fromEntries(Object.entries(values).map(([key, value]) => [key, fromJson(value)]))
