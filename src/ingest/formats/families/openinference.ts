import { isObject, type JsonObject, type JsonValue, type Usage } from '../../../storage/telemetry/record.ts'
import { reconcile, usageFromProvider } from '../../usage.ts'
import { parseJson } from '../otlp-values.ts'
import type { Family, SpanType } from './family.ts'
import { asText, compact, messagesText, objectsIn, stringsIn } from './messages.ts'
import { openInferenceMessage, toolDefinition, unwrap } from './openinference-messages.ts'
import type { SpanSource } from './source.ts'

/** OpenInference (https://arize-ai.github.io/openinference/spec/semantic_conventions.html): Arize's SDK instrumentations. */
export const openInference: Family = {
  name: 'openinference',
  claims: (source) =>
    source.has('openinference.span.kind') ||
    source.scopeName.includes('openinference') ||
    PREFIXES.some((prefix) => source.hasPrefix(prefix)),
  fields: {
    type: (source) => spanType(source),
    model: (source) =>
      source.takeText('llm.response.model_name', 'llm.model_name', 'embedding.model_name', 'reranker.model_name'),
    requested_model: (source) => source.takeText('llm.request.model_name'),
    provider: (source) => source.takeText('llm.provider', 'llm.system'),
    input: (source) =>
      messages(source, 'llm.input_messages.', 'input') ?? value(source, 'input') ?? fallbackInput(source),
    output: (source) =>
      messages(source, 'llm.output_messages.', 'output') ?? value(source, 'output') ?? fallbackOutput(source),
    usage: (source) =>
      reconcile({
        input: source.takeCount('llm.token_count.prompt'),
        output: source.takeCount('llm.token_count.completion'),
        total: source.takeCount('llm.token_count.total'),
        cacheRead: source.takeCount(`${PROMPT_DETAILS}.cache_read`, `${PROMPT_DETAILS}.cache_input`),
        cacheWrite: source.takeCount(`${PROMPT_DETAILS}.cache_write`),
        inputAudio: source.takeCount(`${PROMPT_DETAILS}.audio`),
        reasoning: source.takeCount(`${COMPLETION_DETAILS}.reasoning`),
        outputAudio: source.takeCount(`${COMPLETION_DETAILS}.audio`),
        cacheWrite1h: answered(source)?.more?.cacheWrite1h ?? null,
        webSearches: answered(source)?.more?.webSearches ?? null,
      }),
    tier: (source) =>
      answered(source)?.more?.tier ?? source.peekText('llm.response.service_tier', 'llm.request.service_tier'),
    cost: (source) => source.takeAmount('llm.cost.total'),
    sessionId: (source) => source.takeText('session.id'),
    userId: (source) => source.takeText('user.id'),
    tags: (source) => tags(source),
    traceMetadata: (source) => object(source.peek('metadata')),
    metadata: (source) => source.takeObject('metadata'),
    parameters: (source) => source.takeObject('llm.invocation_parameters'),
    tools: (source) => nonEmpty(objectsIn(source.takeList('llm.tools.')).map(toolDefinition)),
    documents: (source) => documents(source, 'retrieval.documents.') ?? documents(source, 'reranker.output_documents.'),
    prompt: (source) => prompt(source),
    tool: (source) => tool(source),
    agent: (source) => source.takeAll({ 'agent.name': 'name' }),
    embeddings: (source) => nonEmpty(unwrapAll(source.takeList('embedding.embeddings.'), 'embedding')),
    reranker: (source) => reranker(source),
    finish_reasons: (source) => asList(source.take('llm.finish_reason')),
  },
}

const PREFIXES = ['llm.token_count.', 'llm.input_messages.', 'llm.output_messages.', 'retrieval.documents.']
const PROMPT_DETAILS = 'llm.token_count.prompt_details'
const COMPLETION_DETAILS = 'llm.token_count.completion_details'

const TYPES = new Map<string, SpanType>([
  ['LLM', { type: 'llm', kind: null }],
  ['TOOL', { type: 'tool', kind: null }],
  ['RETRIEVER', { type: 'retrieval', kind: null }],
  ['RERANKER', { type: 'retrieval', kind: 'reranker' }],
  ['EMBEDDING', { type: 'other', kind: 'embedding' }],
  ['AGENT', { type: 'other', kind: 'agent' }],
  ['CHAIN', { type: 'other', kind: 'chain' }],
  ['GUARDRAIL', { type: 'other', kind: 'guardrail' }],
  ['EVALUATOR', { type: 'other', kind: 'evaluator' }],
  ['PROMPT', { type: 'other', kind: 'prompt' }],
])

function spanType(source: SpanSource): SpanType | null {
  const name = source.takeText('openinference.span.kind')
  if (name === null) return source.hasPrefix('llm.') ? { type: 'llm', kind: null } : null
  return TYPES.get(name.toUpperCase()) ?? { type: 'other', kind: name.toLowerCase() }
}

/** Chains may name the role of a message without what it says: then their `input.value` tells more. */
function messages(source: SpanSource, prefix: string, side: 'input' | 'output'): string | null {
  const found = unwrapAll(source.takeList(prefix), 'message').map(openInferenceMessage)
  const silent = found.every(({ role, content, ...others }) => content === null && Object.keys(others).length === 0)
  return silent && source.has(`${side}.value`) ? null : messagesText(found)
}

/** `input.value` is text, or JSON text when `input.mime_type` says so: either way it is kept as it came. */
function value(source: SpanSource, side: 'input' | 'output'): string | null {
  const text = asText(source.take(`${side}.value`))
  if (text !== null) source.take(`${side}.mime_type`)
  return text
}

/**
 * The usage in the provider's own answer, which instrumentations keep as the output: read only where it seems to say what the counts
 * beside it do not, for to read every answer would cost more than all the rest.
 */
function answered(source: SpanSource): Usage | null {
  const text = source.peek('output.value')
  if (typeof text !== 'string' || !AN_OBJECT.test(text) || !SAYS_MORE.test(text)) return null
  const answer = parseJson(text)
  return answer === undefined ? null : usageFromProvider(answer)
}
const AN_OBJECT = /^\s*\{/
const SAYS_MORE =
  /"service_tier"\s*:\s*"(?!default"|auto"|standard")|"(?:ephemeral_1h_input_tokens|web_search_requests)"\s*:\s*[1-9]/

/** Prompts of plain completions, the query of a reranker, the texts that were embedded. */
function fallbackInput(source: SpanSource): string | null {
  const prompts = unwrapAll(source.takeList('llm.prompts.'), 'prompt')
  if (prompts.length > 0) return messagesText(prompts.map((one) => ({ role: 'user', content: one.text ?? null })))
  return source.takeText('reranker.query', 'embedding.text', 'tool.parameters')
}

/** Retrieved documents are an output, and stay in the metadata as well, where their scores can be found by name. */
function fallbackOutput(source: SpanSource): string | null {
  const choices = unwrapAll(source.takeList('llm.choices.'), 'completion')
  if (choices.length > 0) return messagesText(choices.map((one) => ({ role: 'assistant', content: one.text ?? null })))
  return asText(documents(source, 'retrieval.documents.') ?? documents(source, 'reranker.output_documents.'))
}

const documents = (source: SpanSource, prefix: string): JsonObject[] | null =>
  nonEmpty(unwrapAll(source.takeList(prefix), 'document').map(parseMetadata))

function parseMetadata(document: JsonObject): JsonObject {
  const metadata = typeof document.metadata === 'string' ? parseJson(document.metadata) : undefined
  return metadata === undefined ? document : { ...document, metadata }
}

/** `[{document: {id, …}}, …]` → `[{id, …}, …]`. */
const unwrapAll = (list: JsonValue[], name: string): JsonObject[] => objectsIn(list).map((one) => unwrap(one, name))

function tags(source: SpanSource): string[] | null {
  const raw = source.take('tag.tags')
  return nonEmpty(stringsIn(typeof raw === 'string' ? (parseJson(raw) ?? raw) : raw))
}

function prompt(source: SpanSource): JsonObject | null {
  return compact({
    id: source.take('prompt.id'),
    vendor: source.take('prompt.vendor'),
    url: source.take('prompt.url'),
    template: source.take('llm.prompt_template.template'),
    version: source.take('llm.prompt_template.version'),
    variables: source.takeJson('llm.prompt_template.variables'),
  })
}

function tool(source: SpanSource): JsonObject | null {
  return compact({
    name: source.take('tool.name'),
    description: source.take('tool.description'),
    call_id: source.take('tool.id') ?? source.take('tool_call.id'),
    parameters: source.takeJson('tool.parameters'),
    json_schema: source.takeJson('tool.json_schema'),
  })
}

function reranker(source: SpanSource): JsonObject | null {
  return compact({
    query: source.take('reranker.query'),
    top_k: source.take('reranker.top_k'),
    input_documents: documents(source, 'reranker.input_documents.') ?? undefined,
  })
}

function object(raw: JsonValue | undefined): JsonObject | null {
  const parsed = typeof raw === 'string' ? parseJson(raw) : raw
  return isObject(parsed) ? parsed : null
}

const asList = (raw: JsonValue | undefined): JsonValue | null =>
  raw === undefined || raw === null ? null : Array.isArray(raw) ? raw : [raw]

const nonEmpty = <T>(list: T[]): T[] | null => (list.length === 0 ? null : list)
