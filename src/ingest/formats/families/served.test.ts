import { describe, expect, it } from 'vitest'
import type { ProjectId, TenantId } from '../../../ids.ts'
import type { JsonObject, JsonValue } from '../../../storage/telemetry/record.ts'
import { encode } from '../../encode.ts'
import { Pricer } from '../../prices/pricer.ts'
import { decodeOtlp, recordsFromOtlp } from '../otlp.ts'

/**
 * How a call was served and how long what it wrote to the cache is kept change what it costs, and every convention says it in a place of
 * its own. The attributes are those of the packages named in `docs/instrumentation.md`.
 */
const pricer = new Pricer([])

function priced(scope: string, attributes: JsonObject) {
  const list = Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
  const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'chat', attributes: list }
  const body = { resourceSpans: [{ scopeSpans: [{ scope: { name: scope }, spans: [span] }] }] }
  const context = { tenantId: 't' as TenantId, projectId: 'p' as ProjectId, receivedAt: Date.parse('2026-09-01') }
  const { records } = recordsFromOtlp(decodeOtlp(Buffer.from(JSON.stringify(body)), 'application/json'), {
    ...context,
    maxSpanBytes: 1e6,
  })
  const [record] = records
  if (!record) throw new Error('nothing was read')
  const [wire] = encode(record, pricer).spans
  return { cost: wire?.cost, more: JSON.parse(wire?.usageMore ?? '{}') as JsonObject }
}

const anyValue = (value: JsonValue): JsonObject =>
  typeof value === 'number'
    ? { intValue: String(value) }
    : { stringValue: typeof value === 'string' ? value : JSON.stringify(value) }

/** gpt-5 is 1.25 dollars for a million tokens of input, 0.125 where cached, 10 for output: 600 × 1.25 + 400 × 0.125 + 100 × 10. */
const STANDARD = 0.0018
const OPENAI = {
  prompt_tokens: 1000,
  completion_tokens: 100,
  total_tokens: 1100,
  prompt_tokens_details: { cached_tokens: 400 },
}
const GENAI = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5',
  'gen_ai.usage.input_tokens': 1000,
  'gen_ai.usage.output_tokens': 100,
  'gen_ai.usage.cache_read.input_tokens': 400,
}
const OPENINFERENCE = {
  'openinference.span.kind': 'LLM',
  'llm.provider': 'openai',
  'llm.model_name': 'gpt-5',
  'llm.token_count.prompt': 1000,
  'llm.token_count.completion': 100,
  'llm.token_count.prompt_details.cache_read': 400,
}
const VERCEL = {
  'ai.operationId': 'ai.generateText.doGenerate',
  'ai.model.provider': 'openai.responses',
  'ai.model.id': 'gpt-5',
  'ai.usage.inputTokens': 1000,
  'ai.usage.outputTokens': 100,
  'ai.usage.cachedInputTokens': 400,
}
const LANGFUSE = { 'langfuse.observation.type': 'generation', 'langfuse.observation.model.name': 'gpt-5' }
const LANGSMITH = {
  'langsmith.span.kind': 'llm',
  'langsmith.metadata.ls_model_name': 'gpt-5',
  'langsmith.metadata.ls_provider': 'openai',
}

const tiers: [name: string, scope: string, attributes: JsonObject, tier: string | undefined, factor: number][] = [
  ['OpenTelemetry’s current name', '', { ...GENAI, 'openai.response.service_tier': 'flex' }, 'flex', 0.5],
  ['its earlier name', '', { ...GENAI, 'gen_ai.openai.response.service_tier': 'priority' }, 'priority', 2],
  ['LangSmith’s name', '', { ...GENAI, 'gen_ai.response.service_tier': 'flex' }, 'flex', 0.5],
  ['what was asked for', '', { ...GENAI, 'openai.request.service_tier': 'flex' }, 'flex', 0.5],
  [
    'an answer other than asked for',
    '',
    { ...GENAI, 'openai.request.service_tier': 'priority', 'openai.response.service_tier': 'default' },
    undefined,
    1,
  ],
  [
    'OpenInference, in the answer',
    '@arizeai/openinference-instrumentation-openai',
    { ...OPENINFERENCE, 'output.value': { id: 'r', service_tier: 'priority', usage: OPENAI } },
    'priority',
    2,
  ],
  [
    'OpenInference, an answer that was served as usual',
    '@arizeai/openinference-instrumentation-openai',
    { ...OPENINFERENCE, 'output.value': { id: 'r', service_tier: 'default', usage: OPENAI } },
    undefined,
    1,
  ],
  [
    'OpenInference, an answer that only talks about it',
    '@arizeai/openinference-instrumentation-openai',
    { ...OPENINFERENCE, 'output.value': { choices: [{ message: { content: '{"service_tier": "flex"}' } }] } },
    undefined,
    1,
  ],
  ['Vercel', 'ai', { ...VERCEL, 'ai.response.providerMetadata': { openai: { serviceTier: 'flex' } } }, 'flex', 0.5],
  [
    'Langfuse, its wrapper of OpenAI',
    'langfuse-sdk',
    {
      ...LANGFUSE,
      'langfuse.observation.usage_details': OPENAI,
      'langfuse.observation.model.parameters': { temperature: 1, service_tier: 'flex' },
    },
    'flex',
    0.5,
  ],
  [
    'Langfuse, its handler for LangChain, flex beside the rest',
    'langfuse-sdk',
    {
      ...LANGFUSE,
      'langfuse.observation.usage_details': {
        ...{ input: 0, input_flex: 600, input_flex_cache_read: 400 },
        ...{ output: 0, output_flex: 70, output_flex_reasoning: 30, total: 1100 },
      },
    },
    'flex',
    0.5,
  ],
  [
    'Langfuse, its handler for LangChain, priority within',
    'langfuse-sdk',
    {
      ...LANGFUSE,
      'langfuse.observation.usage_details': {
        ...{ input: 1000, input_priority: 600, input_priority_cache_read: 400 },
        ...{ output: 100, output_priority: 100, total: 1100 },
      },
    },
    'priority',
    2,
  ],
  [
    'LangSmith',
    'langsmith',
    {
      ...LANGSMITH,
      'langsmith.metadata.usage_metadata': {
        ...{ input_tokens: 1000, output_tokens: 100, total_tokens: 1100 },
        input_token_details: { flex: 600, flex_cache_read: 400 },
        output_token_details: { flex: 70, flex_reasoning: 30 },
      },
    },
    'flex',
    0.5,
  ],
  [
    'LiteLLM',
    'litellm',
    {
      ...{ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-5' },
      'metadata.usage_object': `{'prompt_tokens': 1000, 'completion_tokens': 100, 'total_tokens': 1100, 'prompt_tokens_details': {'cached_tokens': 400}}`,
      'gen_ai.openai.response.service_tier': 'priority',
    },
    'priority',
    2,
  ],
  [
    'Logfire, what was asked for',
    'logfire.openai',
    {
      ...{ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-5' },
      'logfire.msg': 'Chat',
      'gen_ai.usage.raw': OPENAI,
      request_data: { model: 'gpt-5', service_tier: 'flex' },
    },
    'flex',
    0.5,
  ],
  [
    'MLflow, in the answer',
    'mlflow',
    {
      'mlflow.spanType': '"CHAT_MODEL"',
      'mlflow.llm.model': '"gpt-5"',
      'mlflow.llm.provider': '"openai"',
      'mlflow.spanOutputs': { service_tier: 'flex', usage: OPENAI },
    },
    'flex',
    0.5,
  ],
]

describe('how a call was served', () => {
  it.each(tiers)('is read: %s', (_, scope, attributes, tier, factor) => {
    const { cost, more } = priced(scope, attributes)
    expect(more.service_tier).toBe(tier)
    expect(cost).toBeCloseTo(STANDARD * factor, 12)
  })

  it('is read of Vertex AI, which names the quota', () => {
    const answer = {
      usage_metadata: { prompt_token_count: 1000, candidates_token_count: 100, traffic_type: 'ON_DEMAND_PRIORITY' },
    }
    const { more } = priced('gcp.vertex.agent', {
      ...{ 'gen_ai.request.model': 'gemini-2.5-pro', 'gcp.vertex.agent.llm_request': { model: 'gemini-2.5-pro' } },
      'gcp.vertex.agent.llm_response': answer,
    })
    expect(more.service_tier).toBe('priority')
  })

  it('is read of Claude Code, whose fast mode costs more', () => {
    const request = {
      ...{ 'span.type': 'llm_request', 'gen_ai.system': 'anthropic', model: 'claude-opus-4-6' },
      ...{ input_tokens: 100, output_tokens: 20 },
    }
    const scope = 'com.anthropic.claude_code.tracing'
    expect(priced(scope, { ...request, speed: 'normal' })).toEqual({ cost: 0.001, more: {} })
    // Six times as much: https://platform.claude.com/docs/en/build-with-claude/fast-mode
    expect(priced(scope, { ...request, speed: 'fast' })).toEqual({ cost: 0.006, more: { service_tier: 'fast' } })
  })
})

/** claude-sonnet-4-5 is 3, 0.3 read, 3.75 written for five minutes and 6 for an hour, 15 for output: 100 × 3 + 1000 × 0.3 + 20 × 3.75 + 10 × 6 + 20 × 15. */
const WITH_AN_HOUR = 0.001035
const CLAUDE = 'claude-sonnet-4-5'
const ANTHROPIC = {
  input_tokens: 100,
  output_tokens: 20,
  cache_read_input_tokens: 1000,
  cache_creation_input_tokens: 30,
  cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 10 },
}
const GENAI_CLAUDE = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'anthropic',
  'gen_ai.request.model': CLAUDE,
  'gen_ai.usage.input_tokens': 1130,
  'gen_ai.usage.output_tokens': 20,
  'gen_ai.usage.cache_read.input_tokens': 1000,
  'gen_ai.usage.cache_creation.input_tokens': 30,
}
const LANGCHAIN = {
  ...{ input_tokens: 1130, output_tokens: 20, total_tokens: 1150 },
  input_token_details: {
    ...{ cache_read: 1000, cache_creation: 0 },
    ...{ ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 10 },
  },
}

const hours: [name: string, scope: string, attributes: JsonObject][] = [
  ['Pydantic AI', 'pydantic-ai', { ...GENAI_CLAUDE, 'gen_ai.usage.details.ephemeral_1h_input_tokens': 10 }],
  ['Logfire', 'logfire.anthropic', { ...GENAI_CLAUDE, 'logfire.msg': 'Message', 'gen_ai.usage.raw': ANTHROPIC }],
  [
    'OpenInference',
    'openinference.instrumentation.anthropic',
    {
      ...{ 'openinference.span.kind': 'LLM', 'llm.model_name': CLAUDE, 'llm.provider': 'anthropic' },
      ...{ 'llm.token_count.prompt': 1130, 'llm.token_count.completion': 20 },
      'llm.token_count.prompt_details.cache_read': 1000,
      'llm.token_count.prompt_details.cache_write': 30,
      'output.value': { role: 'assistant', content: [], usage: ANTHROPIC },
    },
  ],
  [
    'Vercel',
    'ai',
    {
      ...{ 'ai.operationId': 'ai.generateText.doGenerate', 'ai.model.provider': 'anthropic.messages' },
      ...{ 'ai.model.id': CLAUDE, 'ai.usage.inputTokens': 1130, 'ai.usage.outputTokens': 20 },
      'ai.usage.inputTokenDetails.cacheReadTokens': 1000,
      'ai.usage.inputTokenDetails.cacheWriteTokens': 30,
      'ai.response.providerMetadata': { anthropic: { usage: ANTHROPIC, cacheCreationInputTokens: 30 } },
    },
  ],
  [
    'Langfuse, its handler for LangChain with what Anthropic said',
    'langfuse-sdk',
    {
      ...{ 'langfuse.observation.type': 'generation', 'langfuse.observation.model.name': CLAUDE },
      'langfuse.observation.usage_details': {
        ...{ input: 100, output: 20, cache_read_input_tokens: 1000, cache_creation_input_tokens: 30 },
        ...{ cache_creation_ephemeral_5m_input_tokens: 20, cache_creation_ephemeral_1h_input_tokens: 10 },
      },
    },
  ],
  [
    'Langfuse, its handler for LangChain with what LangChain said',
    'langfuse-sdk',
    {
      ...{ 'langfuse.observation.type': 'generation', 'langfuse.observation.model.name': CLAUDE },
      'langfuse.observation.usage_details': {
        ...{ input: 100, input_cache_read: 1000, input_cache_creation: 0, output: 20, total: 1150 },
        ...{ input_ephemeral_5m_input_tokens: 20, input_ephemeral_1h_input_tokens: 10 },
      },
    },
  ],
  [
    'LangSmith with LangChain',
    'langsmith',
    {
      ...{ 'langsmith.span.kind': 'llm', 'langsmith.metadata.ls_model_name': CLAUDE },
      'langsmith.metadata.ls_provider': 'anthropic',
      'langsmith.metadata.usage_metadata': LANGCHAIN,
    },
  ],
  [
    'LiteLLM',
    'litellm',
    {
      ...{ 'gen_ai.provider.name': 'anthropic', 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': CLAUDE },
      'metadata.usage_object': `{'completion_tokens': 20, 'prompt_tokens': 1130, 'total_tokens': 1150, 'prompt_tokens_details': {'cached_tokens': 1000, 'cache_creation_tokens': 30, 'cache_creation_token_details': {'ephemeral_5m_input_tokens': 20, 'ephemeral_1h_input_tokens': 10}}, 'cache_creation_input_tokens': 30, 'cache_read_input_tokens': 1000}`,
    },
  ],
  [
    'MLflow, in its own counts',
    'mlflow',
    {
      ...{ 'mlflow.spanType': '"CHAT_MODEL"', 'mlflow.llm.model': `"${CLAUDE}"`, 'mlflow.llm.provider': '"anthropic"' },
      'mlflow.chat.tokenUsage': {
        ...{ input_tokens: 1130, output_tokens: 20, total_tokens: 1150, cache_read_input_tokens: 1000 },
        ...{ cache_creation_input_tokens: 30, cache_creation_input_tokens_above_1hr: 10 },
      },
    },
  ],
  [
    'Haystack',
    'haystack',
    {
      'haystack.component.type': 'AnthropicChatGenerator',
      'haystack.component.output': {
        replies: [
          {
            meta: {
              model: CLAUDE,
              usage: {
                ...{ prompt_tokens: 100, completion_tokens: 20, cache_read_input_tokens: 1000 },
                ...{ cache_creation_input_tokens: 30, cache_creation: ANTHROPIC.cache_creation },
              },
            },
          },
        ],
      },
    },
  ],
]

describe('what is written to the cache for an hour', () => {
  it.each(hours)('is read: %s', (_, scope, attributes) => {
    const { cost, more } = priced(scope, attributes)
    expect(more.cache_write_1h_tokens).toBe(10)
    expect(cost).toBeCloseTo(WITH_AN_HOUR, 12)
  })
})
