import { pick, prose, randomFrom } from './text.ts'

/** What a trace carries: 8 KB as production sends it, or little, so that a store with many traces is filled quickly. */
export type Size = 'full' | 'small'

export const TRACES_PER_BATCH = 50
export const SPANS_PER_TRACE = 5

export const MODELS = [
  'gpt-4o',
  'gpt-4o-mini',
  'claude-sonnet-4-5',
  'claude-haiku-4-5',
  'gemini-2.5-flash',
  'o3-mini',
] as const
export const NAMES = ['answer-question', 'summarise-ticket', 'route-request', 'draft-reply', 'check-policy'] as const
export const PROJECTS = ['support-bot', 'search', 'checkout'] as const
const ERRORS = [
  'Request timed out after 30000 ms',
  '429 Too Many Requests: rate limit exceeded for gpt-4o',
  "This model's maximum context length is 128000 tokens",
  'Unexpected token } in JSON at position 211',
] as const
export const STEPS = [
  { name: 'agent', type: 'other' },
  { name: 'retrieve', type: 'retrieval' },
  { name: 'plan', type: 'llm' },
  { name: 'lookup_order', type: 'tool' },
  { name: 'answer', type: 'llm' },
] as const

/**
 * Places in a batch's JSON that change from request to request; each is as wide as what will stand there.
 *
 * I  id: the number tells which, the same number is the same id      T  time, ms after the batch's start
 * E  the same, up to a second later                                  S  session     U  user     C  customer
 */
const digits = (n: number): string => String(n).padStart(5, '0')
const idSlot = (n: number): string => `@I${digits(n)}`.padEnd(36, '@')
const timeSlot = (offsetMs: number): string => `@T${digits(offsetMs)}`.padEnd(24, '@')
const endSlot = (offsetMs: number): string => `@E${digits(offsetMs)}`.padEnd(24, '@')
const numberSlot = (kind: 'S' | 'U' | 'C', trace: number): string => `@${kind}${digits(trace)}@`

export const SLOT = /@([ITESUC])(\d{5})@+/g

/** JSON of a batch of 50 traces with slots; about one trace in twenty failed. Each `variant` has other text and figures. */
export function batchText(variant: number, size: Size): string {
  const random = randomFrom(variant + 1)
  return JSON.stringify({ traces: Array.from({ length: TRACES_PER_BATCH }, (_, i) => trace(random, i, size)) })
}

function trace(random: () => number, at: number, size: Size) {
  const began = at * 20
  const lasts = Math.min(60_000, Math.round(Math.exp(6.5 + 1.2 * gauss(random))))
  const failed = random() < 0.05
  const model = pick(random, MODELS)
  const weight = size === 'full' ? 1 : 0.12
  return {
    id: idSlot(at),
    name: pick(random, NAMES),
    project_id: pick(random, PROJECTS),
    session_id: `sess_${numberSlot('S', at)}`,
    user_id: `user_${numberSlot('U', at)}`,
    environment: random() < 0.8 ? 'production' : 'staging',
    input: prose(random, 420 * weight),
    output: failed ? null : prose(random, 560 * weight),
    ...(failed ? { error: pick(random, ERRORS) } : {}),
    tags: { team: pick(random, ['growth', 'care', 'core']), channel: pick(random, ['web', 'mail', 'voice', 'app']) },
    metadata: {
      tier: pick(random, ['free', 'pro', 'enterprise']),
      region: pick(random, ['eu-west', 'us-east', 'ap-south']),
      customer: `cust_${numberSlot('C', at)}`,
      release: '2026.11.3',
    },
    started_at: timeSlot(began),
    ended_at: endSlot(began + lasts),
    spans: STEPS.map((step, i) => span(random, { at, i, began, lasts, failed, model, weight, ...step })),
  }
}

interface Step {
  at: number
  i: number
  name: string
  type: string
  began: number
  lasts: number
  failed: boolean
  model: string
  weight: number
}

function span(random: () => number, { at, i, name, type, began, lasts, failed, model, weight }: Step) {
  const first = TRACES_PER_BATCH + at * SPANS_PER_TRACE
  const llm = type === 'llm'
  return {
    id: idSlot(first + i),
    ...(i === 0 ? {} : { parent_span_id: idSlot(first) }),
    name,
    type,
    input: prose(random, (llm ? 900 : 420) * weight),
    output: prose(random, (llm ? 700 : 480) * weight),
    ...(llm
      ? { model, prompt_tokens: 200 + Math.floor(random() * 4000), completion_tokens: 20 + Math.floor(random() * 800) }
      : {}),
    ...(failed && i === SPANS_PER_TRACE - 1 ? { error: 'upstream failed' } : {}),
    metadata: llm ? { temperature: 0.2, finish_reason: failed ? 'error' : 'stop', stream: true } : { attempt: 1 },
    start_time: timeSlot(began + Math.floor((lasts * i) / SPANS_PER_TRACE)),
    end_time: timeSlot(began + Math.floor((lasts * (i + 1)) / SPANS_PER_TRACE)),
  }
}

const gauss = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random())
