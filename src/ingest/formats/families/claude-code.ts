import type { JsonObject, Usage } from '../../../storage/telemetry/record.ts'
import { usageFromProvider } from '../../usage.ts'
import type { Family, SpanType } from './family.ts'
import { asText } from './messages.ts'
import type { SpanSource } from './source.ts'

/**
 * Claude Code's traces, and its events as spans (`logs/claude-code.ts`;
 * https://code.claude.com/docs/en/monitoring-usage, `CLAUDE_CODE_ENHANCED_TELEMETRY_BETA`): a turn, its requests to the
 * model and its tools. Tokens are in Anthropic's convention: what was read from and written to the cache is beside the input.
 */
export const claudeCode: Family = {
  name: 'claude-code',
  claims: (source) => source.scopeName.includes('claude_code') || source.spanName.startsWith('claude_code.'),
  fields: {
    name: (source) => (source.peek('span.type') === 'tool' ? source.takeText('tool_name') : null),
    type: (source) => {
      const name = source.takeText('span.type')
      return name === null ? null : (TYPES.get(name) ?? { type: 'other', kind: name })
    },
    error: (source) =>
      String(source.peek('success')) === 'false' ? (source.takeText('error', 'error_message') ?? 'error') : null,
    model: (source) => source.takeText('gen_ai.response.model', 'model'),
    // Its events do not say whose model it was.
    provider: (source) => (source.has('model') && !source.has('gen_ai.system') ? 'anthropic' : null),
    input: (source) => {
      const system = asText(source.take('system_prompt'))
      const prompt = asText(
        source.take('user_prompt') ??
          source.take('prompt') ??
          source.take('new_context') ??
          source.take('tool_input') ??
          (source.peek('span.type') === 'tool' ? source.take('tool_parameters') : undefined) ??
          source.take('full_command'),
      )
      return system === null
        ? prompt
        : JSON.stringify([
            { role: 'system', content: system },
            { role: 'user', content: prompt },
          ])
    },
    output: (source) =>
      asText(source.take('response.model_output') ?? source.take('response') ?? toolOutput(source) ?? undefined),
    usage: (source) => usage(source),
    // Its fast mode changes the price as a tier does.
    tier: (source) => (source.peek('speed') === 'fast' ? 'fast' : null),
    cost: (source) => source.takeAmount('cost_usd'),
    sessionId: (source) => source.takeText('session.id'),
    userId: (source) => source.takeText('user.email', 'user.account_uuid', 'user.id'),
    parameters: (source) => source.takeAll({ speed: 'speed', effort: 'effort' }),
    tool: (source) => source.takeAll({ 'gen_ai.tool.call.id': 'call_id', tool_use_id: 'call_id' }),
  },
}

const TYPES = new Map<string, SpanType>([
  ['interaction', { type: 'other', kind: 'agent' }],
  ['llm_request', { type: 'llm', kind: null }],
  ['tool', { type: 'tool', kind: null }],
])

/** The event `tool.output`: what the tool printed, beside what it was asked. */
function toolOutput(source: SpanSource): JsonObject | string | null {
  const [event] = source.takeEvents(new Set(['tool.output']))
  if (event === undefined) return null
  const { output, ...others } = Object.fromEntries(event.attributes)
  return typeof output === 'string' && Object.keys(others).every((key) => source.peek('full_command') === others[key])
    ? output
    : Object.fromEntries(event.attributes)
}

function usage(source: SpanSource): Usage | null {
  const count = (name: string) => source.takeCount(name)
  const input = count('input_tokens')
  const output = count('output_tokens')
  if (input === null && output === null) return null
  return usageFromProvider({
    input_tokens: input,
    output_tokens: output,
    cache_read_input_tokens: count('cache_read_tokens') ?? 0,
    cache_creation_input_tokens: count('cache_creation_tokens') ?? 0,
  })
}
