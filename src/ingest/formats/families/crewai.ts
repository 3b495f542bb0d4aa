import { isObject } from '../../../storage/telemetry/record.ts'
import { usageFromProvider } from '../../usage.ts'
import type { Family, SpanType } from './family.ts'
import { asText } from './messages.ts'
import { pythonValue } from './python-value.ts'
import { fromJson } from './source.ts'

/** CrewAI as OpenLLMetry instruments it (`crewai.*`), and CrewAI's own telemetry (`crew_…`, `task_…`; https://docs.crewai.com/en/telemetry). */
export const crewAi: Family = {
  name: 'crewai',
  claims: (source) => source.hasPrefix('crewai.') || source.has('crew_key') || source.has('task_key'),
  fields: {
    name: (source) => source.takeText('crewai.crew.name'),
    type: (source) => KINDS.find(([sign]) => source.hasPrefix(sign) || source.has(sign))?.[1] ?? null,
    requested_model: (source) => source.takeText('crewai.agent.llm'),
    input: (source) => asText(source.take('crewai.task.description') ?? source.take('formatted_description')),
    output: (source) =>
      asText(source.take('crewai.crew.result') ?? source.take('traceloop.entity.output') ?? source.take('task_output')),
    // All that the crew's agents used: it counts only where their calls are not instrumented.
    usage: (source) => {
      const usage = pythonValue(source.peek('crewai.crew.usage_metrics'))
      if (!isObject(usage ?? null)) return null
      source.take('crewai.crew.usage_metrics')
      return totals(usage)
    },
    tools: (source) => fromJson(source.take('crewai.agent.tools') ?? source.take('crewai.task.tools') ?? null),
    agent: (source) => source.takeAll(AGENT),
  },
}

const AGENT = {
  'crewai.agent.id': 'id',
  'crewai.agent.role': 'role',
  'crewai.agent.goal': 'goal',
  'crewai.agent.backstory': 'backstory',
  'gen_ai.agent.name': 'name',
  'crewai.task.agent': 'name',
  agent_role: 'role',
}

const other = (kind: string): SpanType => ({ type: 'other', kind })
const KINDS: [string, SpanType][] = [
  ['crewai.agent.', other('agent')],
  ['crewai.task.', other('task')],
  ['crewai.crew.', other('workflow')],
  ['task_key', other('task')],
  ['crew_key', other('workflow')],
]

function totals(usage: ReturnType<typeof pythonValue>) {
  if (!isObject(usage)) return null
  const { cached_prompt_tokens, reasoning_tokens, ...others } = usage
  const details = (name: string, value: typeof cached_prompt_tokens) => ({ [name]: value ?? null })
  return usageFromProvider({
    ...others,
    prompt_tokens_details: details('cached_tokens', cached_prompt_tokens),
    completion_tokens_details: details('reasoning_tokens', reasoning_tokens),
  })
}
