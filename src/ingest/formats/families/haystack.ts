import { isObject, type JsonObject, type JsonValue } from '../../../storage/telemetry/record.ts'
import { usageFromProvider } from '../../usage.ts'
import { documentsOf, requestText, requestTools, responseText } from './chat.ts'
import type { Family, SpanType } from './family.ts'
import { asText, compact } from './messages.ts'
import { fromJson, type SpanSource } from './source.ts'

/**
 * Haystack's tracer (https://docs.haystack.deepset.ai/docs/tracing): every component of a pipeline is a span of one name, told apart by
 * `haystack.component.*`, and so in version 2 are the parts of an agent, which in version 3 have names of their own (`haystack.agent.step.*`);
 * inputs and outputs come with `HAYSTACK_CONTENT_TRACING_ENABLED`. They are JSON, unless something in them cannot be (a tool that is a lambda):
 * then they are Python's words for the whole, addresses of functions and all, and stay text.
 */
export const haystack: Family = {
  name: 'haystack',
  claims: (source) => source.hasPrefix('haystack.') || source.spanName.startsWith('haystack.'),
  fields: {
    name: (source) =>
      source.takeText('haystack.component.name', 'haystack.pipeline.name') ?? source.peekText('haystack.tool.name'),
    type: (source) => spanType(source),
    model: (source) => text(answerMeta(source)?.model),
    provider: (source) => providerOf(source),
    input: (source) => input(source),
    output: (source) =>
      responseText(source.takeJson(...ANSWERS, 'haystack.agent.output', 'haystack.pipeline.output_data', TOOL_OUTPUT)),
    usage: (source) => {
      const usage = answerMeta(source)?.usage
      return isObject(usage) ? usageFromProvider(usage) : null
    },
    parameters: (source) => parameters(source),
    tools: (source) =>
      source.takeJson('haystack.agent.tools') ?? requestTools(source.peek(REQUESTS[0]) ?? source.peek(REQUESTS[1])),
    tool: (source) => source.takeAll(TOOL),
    documents: (source) => documentsOf(peeked(source, ANSWERS).documents),
    finish_reasons: (source) => {
      const reason = answerMeta(source)?.finish_reason
      return typeof reason === 'string' ? [reason] : null
    },
  },
}

const REQUESTS = ['haystack.component.input', 'haystack.agent.step.llm.input'] as const
const ANSWERS = ['haystack.component.output', 'haystack.agent.step.llm.output'] as const
const TOOL_INPUT = 'haystack.agent.step.tool.input'
const TOOL_OUTPUT = 'haystack.agent.step.tool.output'
const TOOL = { 'haystack.tool.name': 'name', 'haystack.tool.description': 'description' }

/** The parts of an agent by the names of their spans: without content these have no attributes. */
const STEPS = new Map<string, SpanType>([
  ['haystack.agent.step.llm', { type: 'llm', kind: null }],
  ['haystack.agent.step.tool', { type: 'tool', kind: null }],
  ['haystack.agent.step', { type: 'other', kind: 'step' }],
])

/** Components by the end of their type's name. */
const TYPES: [RegExp, SpanType][] = [
  [/Generator$/, { type: 'llm', kind: null }],
  [/Retriever$/, { type: 'retrieval', kind: null }],
  [/Ranker$/, { type: 'retrieval', kind: 'reranker' }],
  [/Embedder$/, { type: 'other', kind: 'embedding' }],
  [/ToolInvoker$/, { type: 'tool', kind: null }],
  [/^Agent$/, { type: 'other', kind: 'agent' }],
  [/Evaluator$/, { type: 'other', kind: 'evaluator' }],
]

function spanType(source: SpanSource): SpanType | null {
  const step = STEPS.get(source.spanName)
  if (step !== undefined) return step
  if (source.hasPrefix('haystack.agent.')) return { type: 'other', kind: 'agent' }
  if (source.hasPrefix('haystack.pipeline.')) return { type: 'other', kind: 'chain' }
  const type = source.takeText('haystack.component.type')
  if (type === null) return null
  return TYPES.find(([sign]) => sign.test(type))?.[1] ?? { type: 'other', kind: 'component' }
}

/** `haystack.components.generators.chat.openai.OpenAIChatGenerator`: whose model it is stands in the module of the generator. */
function providerOf(source: SpanSource): string | null {
  const type = source.peekText('haystack.component.fully_qualified_type') ?? ''
  return /\.generators\.(?:chat\.)?([a-z_]+)\.(?:\w+\.)*\w+Generator$/.exec(type)?.[1] ?? null
}

function peeked(source: SpanSource, [own, ofStep]: readonly [string, string]): JsonObject {
  const value = fromJson(source.peek(own) ?? source.peek(ofStep) ?? null)
  return isObject(value) ? value : {}
}

/** `{replies: [{meta: {model, usage, finish_reason}}]}`, or for plain generators `{meta: [{…}]}`. */
function answerMeta(source: SpanSource): JsonObject | null {
  const { replies, meta } = peeked(source, ANSWERS)
  const first = Array.isArray(replies) ? replies[0] : null
  const own = isObject(first) ? first.meta : Array.isArray(meta) ? meta[0] : meta
  return isObject(own ?? null) ? (own as JsonObject) : null
}

function input(source: SpanSource): string | null {
  const value = source.takeJson(...REQUESTS, 'haystack.agent.input', 'haystack.pipeline.input_data', TOOL_INPUT)
  const query = isObject(value) ? value.query : undefined
  return typeof query === 'string' ? query : requestText(value)
}

function parameters(source: SpanSource): JsonObject | null {
  const { generation_kwargs, top_k, filters } = peeked(source, REQUESTS)
  return compact({ ...(isObject(generation_kwargs ?? null) ? (generation_kwargs as JsonObject) : {}), top_k, filters })
}

const text = (value: JsonValue | undefined): string | null => (typeof value === 'string' ? asText(value) : null)
