export type FailureType = 'timeout' | 'rate_limit' | 'invalid_response' | 'context_length'

/**
 * What providers, SDKs and HTTP clients say, in the order it is asked. A rate limit comes before the context length because
 * "request too large … tokens per min" speaks of both, and a timeout last because many messages name one in passing.
 */
const SIGNS: [FailureType, RegExp][] = [
  [
    'rate_limit',
    /rate.?limit|too many requests|\b429\b|resource.?exhausted|quota|throttl|tokens per (?:min|day)|requests per (?:min|day)|\boverloaded(?:_error|error)?\b|\b529\b|request limit reached|too many tokens per/i,
  ],
  [
    'context_length',
    /context.?(?:length|window)|maximum context|prompt is too long|input is too long|input length .{0,40}exceed|too many (?:input )?tokens|input token count|exceeds? the (?:maximum|max) (?:number of )?tokens|max(?:imum)?.?tokens? (?:allowed|limit)? ?exceeded|token limit exceeded|string_above_max_length|exceeds? the model'?s? (?:maximum )?(?:context|input)/i,
  ],
  [
    'invalid_response',
    /JSONDecodeError|in JSON at position|is not valid JSON|unexpected end of JSON|invalid JSON|malformed (?:JSON|response|function.?call)|output.?pars(?:er|ing)|(?:could not|couldn'?t|failed to|unable to) parse|Expecting (?:value|property name|',' delimiter)|Zod.?Error|(?:response|output|schema|result) validation|(?:response|result|output) (?:did not|does not|doesn't) (?:match|conform)|invalid.?(?:response|output)|no.?object.?generated|validation errors? for|pydantic.{0,40}ValidationError|TypeValidationError|LengthFinishReasonError|unexpected.?model.?behaviou?r|empty response/i,
  ],
  [
    'timeout',
    /time[ds]?[ _-]?out|deadline.?exceeded|deadline expired|ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|\b(?:408|504)\b|gateway time/i,
  ],
]

/** The class of an error by its text (which may begin with its type), or null when it is none of these. */
export function failureType(error: string | null): FailureType | null {
  if (error === null || error === '') return null
  // The cause stands at the ends of a text; a stack trace or an echoed prompt in between would only mislead, and cost time.
  const text = error.length > 4000 ? `${error.slice(0, 3000)}\n${error.slice(-1000)}` : error
  return SIGNS.find(([, sign]) => sign.test(text))?.[0] ?? null
}
