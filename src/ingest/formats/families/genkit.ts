import { isObject, type JsonObject } from '../../../storage/telemetry/record.ts'
import { reconcile, usageFromProvider } from '../../usage.ts'
import { documentsOf, requestText, responseText } from './chat.ts'
import type { Family, SpanType } from './family.ts'
import { asText } from './messages.ts'
import { fromJson, type SpanSource } from './source.ts'

/** Genkit (https://genkit.dev/docs/observability/): what a span is in `genkit:type` and `genkit:metadata:subtype`, its input and output as JSON. */
export const genkit: Family = {
  name: 'genkit',
  claims: (source) => source.has('genkit:type') || source.has('genkit:name'),
  fields: {
    type: (source) => spanType(source),
    error: (source) => (source.peek('genkit:state') === 'error' ? (source.takeText('genkit:error') ?? 'error') : null),
    model: (source) => (isModel(source) ? asText(raw(source).model ?? raw(source).modelVersion) : null),
    requested_model: (source) =>
      isModel(source) ? (source.takeText('genkit:name')?.replace(/^[^/]*\//, '') ?? null) : null,
    provider: (source) => (isModel(source) ? providerOf(source.peek('genkit:name')) : null),
    input: (source) => requestText(source.takeJson('genkit:input')),
    output: (source) => responseText(source.takeJson('genkit:output')),
    usage: (source) => (isModel(source) ? usage(source) : null),
    sessionId: (source) => source.takeText('genkit:sessionId', 'genkit:metadata:sessionId'),
    parameters: (source) =>
      isModel(source) && isObject(peeked(source, 'input').config)
        ? (peeked(source, 'input').config as JsonObject)
        : null,
    tools: (source) => (isModel(source) ? (nonEmpty(peeked(source, 'input').tools) ?? null) : null),
    documents: (source) => (source.peek(SUBTYPE) === 'retriever' ? documents(source) : null),
  },
}

const SUBTYPE = 'genkit:metadata:subtype'
const isModel = (source: SpanSource): boolean => source.peek(SUBTYPE) === 'model'

const other = (kind: string): SpanType => ({ type: 'other', kind })
const TYPES = new Map<string, SpanType>([
  ['model', { type: 'llm', kind: null }],
  ['tool', { type: 'tool', kind: null }],
  ['retriever', { type: 'retrieval', kind: null }],
  ['reranker', { type: 'retrieval', kind: 'reranker' }],
  ['embedder', other('embedding')],
  ['flow', other('workflow')],
  ['util', other('chain')],
])

function spanType(source: SpanSource): SpanType | null {
  const name = source.takeText(SUBTYPE) ?? source.takeText('genkit:type')
  return name === null ? null : (TYPES.get(name) ?? other(name))
}

function peeked(source: SpanSource, side: 'input' | 'output'): JsonObject {
  const value = fromJson(source.peek(`genkit:${side}`) ?? null)
  return isObject(value) ? value : {}
}

/** The provider's own answer, where the plugin keeps it. */
function raw(source: SpanSource): JsonObject {
  const { raw: answer, custom } = peeked(source, 'output')
  return isObject(answer) ? answer : isObject(custom) ? custom : {}
}

const providerOf = (name: unknown): string | null =>
  typeof name === 'string' && name.includes('/') ? (name.split('/')[0] ?? null) : null

function usage(source: SpanSource) {
  const reported = usageFromProvider(raw(source))
  const own = peeked(source, 'output').usage
  if (reported !== null || !isObject(own)) return reported
  const count = (name: string) => (typeof own[name] === 'number' ? own[name] : null)
  return reconcile({
    input: count('inputTokens'),
    output: count('outputTokens'),
    total: count('totalTokens'),
    cacheRead: count('cachedContentTokens'),
    reasoning: count('thoughtsTokens'),
  })
}

const nonEmpty = (value: unknown) => (Array.isArray(value) && value.length > 0 ? value : null)

/** `{documents: [{content: [{text}], metadata}]}`. */
function documents(source: SpanSource): JsonObject[] | null {
  const found = documentsOf(peeked(source, 'output').documents)
  return (
    found?.map(({ content, ...others }) => ({
      ...others,
      content: Array.isArray(content)
        ? content.map((part) => (isObject(part) ? (asText(part.text) ?? '') : '')).join('')
        : (content ?? null),
    })) ?? null
  )
}
