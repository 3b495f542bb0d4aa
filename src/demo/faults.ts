import type { Random } from './random.ts'

export type LlmFaultKind = 'timeout' | 'rate_limit' | 'quota' | 'invalid_response' | 'context_length' | 'refused'

export interface Fault {
  error: string
  /** How long it took to fail; null: as long as an answer takes, for there was one. */
  ms: number | null
  /** Worth another try a little later. */
  passing: boolean
  /** The prompt was far longer than what is kept of it. */
  tooLong: boolean
}

/** Errors as the SDKs of the providers raise them. */
export function llmFault(random: Random, kind: LlmFaultKind, model: string): Fault {
  const anthropic = model.startsWith('claude')
  switch (kind) {
    case 'timeout':
      return fault(
        anthropic
          ? 'APITimeoutError: Request timed out.'
          : random.pick([
              'APITimeoutError: Request timed out after 30000 ms.',
              'APIConnectionError: Connection error: read ETIMEDOUT (api.openai.com:443)',
            ]),
        30_000 + random.int(1, 60),
        true,
      )
    case 'rate_limit':
      return fault(
        anthropic
          ? `RateLimitError: 429 {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 400,000 input tokens per minute."},"request_id":"req_${random.hex(20)}"}`
          : `RateLimitError: 429 Rate limit reached for ${model} on tokens per min (TPM): Limit 200000, Used ${random.int(196_000, 199_900)}, Requested ${random.int(900, 4_200)}. Please try again in ${random.int(180, 960)}ms.`,
        random.int(120, 480),
        true,
      )
    case 'quota':
      return fault(
        `RateLimitError: 429 You exceeded your current quota, please check your plan and billing details. (request id: req_${random.hex(20)})`,
        random.int(90, 260),
        false,
      )
    case 'invalid_response':
      return fault(
        random.pick([
          `JSONDecodeError: Unterminated string starting at: line 1 column ${random.int(12, 60)} (char ${random.int(12, 60)})`,
          `OutputParserException: could not parse the classification: expected one of the known intents, received "${random.pick(['order_status/returns', 'INTENT_UNKNOWN', 'n/a'])}"`,
          'ValidationError: 1 validation error for Understanding: needs_order: Field required [type=missing]',
        ]),
        null,
        true,
      )
    case 'context_length': {
      const limit = anthropic ? 200_000 : 128_000
      const asked = limit + random.int(1_200, 48_000)
      return {
        ...fault(
          anthropic
            ? `BadRequestError: 400 {"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: ${asked} tokens > ${limit} maximum"}}`
            : `BadRequestError: 400 This model's maximum context length is ${limit} tokens. However, your messages resulted in ${asked} tokens. Please reduce the length of the messages.`,
          random.int(240, 900),
          false,
        ),
        tooLong: true,
      }
    }
    case 'refused':
      return fault(
        anthropic
          ? 'InternalServerError: 500 {"type":"error","error":{"type":"api_error","message":"Internal server error"}}'
          : 'BadRequestError: 400 The response was filtered due to the prompt triggering the content management policy.',
        random.int(300, 1_400),
        false,
      )
    default:
      return kind satisfies never
  }
}

/** Errors of the shop's own services. */
export function toolFault(random: Random, tool: string): Fault {
  const kinds = [
    () => fault(`TimeoutError: ${tool} timed out after 10000 ms`, 10_000 + random.int(1, 30), true),
    () => fault(`HTTPError: 502 Bad Gateway from http://${service(tool)}.internal/v2`, random.int(40, 300), true),
    () =>
      fault(
        `ConnectionError: connect ECONNREFUSED 10.4.${random.int(1, 20)}.${random.int(2, 250)}:8443`,
        random.int(2, 20),
        true,
      ),
    () =>
      fault(
        `KeyError: '${random.pick(['tracking_events', 'unit_price', 'shipping_address', 'customer'])}'`,
        random.int(20, 120),
        false,
      ),
  ]
  return random.pick(kinds)()
}

const service = (tool: string): string => `${tool.split('_').slice(1).join('-') || tool}-api`

const fault = (error: string, ms: number | null, passing: boolean): Fault => ({ error, ms, passing, tooLong: false })
