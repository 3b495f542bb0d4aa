import type { Json, JsonMap, Message, RetrievedDocument, Run, Step, StepKind } from './types.ts'

/**
 * Runs as the OpenInference instrumentation of a Python service exports them (https://arize-ai.github.io/openinference/spec):
 * OTLP/JSON as `POST /v1/otlp/traces` takes it.
 */
export function otlpRequest(runs: readonly Run[]): JsonMap {
  const environments = [...new Set(runs.map(({ environment }) => environment))]
  return {
    resourceSpans: environments.map((environment) => ({
      resource: {
        attributes: attributes({
          'service.name': 'docs-assistant',
          'telemetry.sdk.language': 'python',
          'telemetry.sdk.name': 'opentelemetry',
          'deployment.environment.name': environment,
        }),
      },
      scopeSpans: [
        {
          scope: { name: 'openinference.instrumentation.langchain', version: '0.1.50' },
          spans: runs
            .filter((run) => run.environment === environment)
            .flatMap((run) => run.steps.map((step) => span(run, step))),
        },
      ],
    })),
  }
}

/** The 16 hexadecimal digits of a step's id that differ within a run. */
const spanHex = (id: string): string => id.replaceAll('-', '').slice(16)
const nanos = (ms: number): string => `${ms}000000`

function span(run: Run, step: Step): JsonMap {
  return {
    traceId: run.id.replaceAll('-', ''),
    spanId: spanHex(step.id),
    ...(step.parentId === null ? {} : { parentSpanId: spanHex(step.parentId) }),
    name: step.name,
    kind: 1,
    startTimeUnixNano: nanos(step.startedAt),
    endTimeUnixNano: nanos(step.endedAt),
    attributes: attributes({
      ...(step.parentId === null ? { metadata: JSON.stringify({ app: run.app, ...run.metadata }) } : {}),
      'session.id': run.sessionId,
      'user.id': run.userId,
      ...ATTRIBUTES[step.kind](step),
    }),
    ...(step.error === null ? { status: { code: 1 } } : failed(step, step.error)),
  }
}

function failed(step: Step, error: string): JsonMap {
  const [type = 'Error'] = error.split(':', 1)
  return {
    status: { code: 2, message: error },
    events: [
      {
        name: 'exception',
        timeUnixNano: nanos(step.endedAt),
        attributes: attributes({ 'exception.type': type, 'exception.message': error.slice(type.length + 2) }),
      },
    ],
  }
}

type Attributes = Record<string, string | number>

const ATTRIBUTES: Record<StepKind, (step: Step) => Attributes> = {
  chain: (step) => ({ 'openinference.span.kind': 'CHAIN', ...values(step) }),
  agent: (step) => ({ 'openinference.span.kind': 'AGENT', ...values(step) }),
  tool: (step) => ({ 'openinference.span.kind': 'TOOL', 'tool.name': step.name, ...values(step) }),
  llm: (step) => ({
    'openinference.span.kind': 'LLM',
    'llm.model_name': step.model ?? '',
    'llm.provider': step.provider ?? '',
    'llm.invocation_parameters': JSON.stringify(step.metadata.parameters ?? {}),
    ...messages('llm.input_messages', Array.isArray(step.input) ? step.input : []),
    ...messages('llm.output_messages', typeof step.output === 'object' && step.output !== null ? [step.output] : []),
    ...counts(step),
  }),
  embedding: (step) => ({
    'openinference.span.kind': 'EMBEDDING',
    'embedding.model_name': step.model ?? '',
    'llm.provider': step.provider ?? '',
    'embedding.embeddings.0.embedding.text': String(step.input),
    ...counts(step),
  }),
  retrieval: (step) => ({
    'openinference.span.kind': 'RETRIEVER',
    'input.value': String(step.input),
    ...documents('retrieval.documents', step.documents),
  }),
  reranker: (step) => ({
    'openinference.span.kind': 'RERANKER',
    'reranker.query': String(step.input),
    'reranker.top_k': step.documents.length,
    'reranker.model_name': 'bge-reranker-v2-m3',
    ...documents('reranker.output_documents', step.documents),
  }),
}

const values = ({ input, output }: Step): Attributes => ({
  'input.value': String(input),
  ...(typeof output === 'string' ? { 'output.value': output } : {}),
})

function counts({ tokens }: Step): Attributes {
  if (tokens === null) return {}
  return {
    'llm.token_count.prompt': tokens.input,
    'llm.token_count.completion': tokens.output,
    'llm.token_count.total': tokens.input + tokens.output,
  }
}

function messages(prefix: string, list: readonly Message[]): Attributes {
  const flat: Attributes = {}
  for (const [i, { role, content }] of list.entries()) {
    flat[`${prefix}.${i}.message.role`] = role
    flat[`${prefix}.${i}.message.content`] = content ?? ''
  }
  return flat
}

function documents(prefix: string, list: readonly RetrievedDocument[]): Attributes {
  const flat: Attributes = {}
  for (const [i, { id, title, content, score }] of list.entries()) {
    flat[`${prefix}.${i}.document.id`] = id
    flat[`${prefix}.${i}.document.content`] = content
    flat[`${prefix}.${i}.document.score`] = score
    flat[`${prefix}.${i}.document.metadata`] = JSON.stringify({ title })
  }
  return flat
}

function attributes(values: Attributes): Json[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: attributeValue(value) }))
}

function attributeValue(value: string | number): JsonMap {
  if (typeof value === 'string') return { stringValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
