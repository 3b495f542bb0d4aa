import { describe, expect, it } from 'vitest'
import { failureType } from './failure-type.ts'

const MESSAGES: Record<string, string[]> = {
  timeout: [
    'Request timed out.',
    'APITimeoutError: Request timed out or interrupted. This could be due to a network timeout, dropped connection, or request cancellation.',
    'httpx.ReadTimeout: The read operation timed out',
    'httpx.ConnectTimeout',
    'TimeoutError: The operation was aborted due to timeout',
    'TypeError: fetch failed (cause: ConnectTimeoutError: Connect Timeout Error, UND_ERR_CONNECT_TIMEOUT)',
    'HeadersTimeoutError: Headers Timeout Error',
    'connect ETIMEDOUT 104.18.6.192:443',
    '504 Deadline Exceeded',
    'DEADLINE_EXCEEDED: Deadline expired before operation could complete.',
    'Error code: 504 - upstream request timeout',
    'ReadTimeoutError: Read timeout on endpoint URL: "https://bedrock-runtime.us-east-1.amazonaws.com/model/x/invoke"',
    'asyncio.exceptions.TimeoutError',
    'ModelTimeoutException: Model has timed out in processing the request. Try your request again.',
    'Step timed-out after 30s',
  ],
  rate_limit: [
    '429 Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Used 29500, Requested 1200.',
    "Error code: 429 - {'error': {'message': 'You exceeded your current quota, please check your plan and billing details.', 'type': 'insufficient_quota'}}",
    'RateLimitError',
    'rate_limit_error: This request would exceed your organization’s rate limit of 40,000 input tokens per minute',
    'overloaded_error: Overloaded',
    '529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    '429 RESOURCE_EXHAUSTED. Resource has been exhausted (e.g. check quota).',
    'google.api_core.exceptions.ResourceExhausted: 429 Quota exceeded for quota metric',
    'ThrottlingException: Too many requests, please wait before trying again.',
    'An error occurred (ThrottlingException) when calling the InvokeModel operation: Rate exceeded',
    'Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded call rate limit of your current pricing tier',
    'Request too large for gpt-4 in organization org-x on tokens per min (TPM): Limit 10000, Requested 15000.',
    'Too Many Requests',
  ],
  context_length: [
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
    'context_length_exceeded',
    'BadRequestError: 400 Your input exceeds the context window of this model. Please adjust your input and try again.',
    'invalid_request_error: prompt is too long: 208310 tokens > 200000 maximum',
    'input length and `max_tokens` exceed context limit: 190000 + 21000 > 200000',
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    'ValidationException: Input is too long for requested model.',
    'ValidationException: Too many input tokens. Max input tokens: 8192, request input token count: 9000',
    "Requested token count exceeds the model's maximum context length of 131072 tokens.",
  ],
  invalid_response: [
    'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)',
    'SyntaxError: Unexpected token < in JSON at position 0',
    'SyntaxError: Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON',
    'SyntaxError: Unexpected end of JSON input',
    'OutputParserException: Could not parse LLM output: I cannot help with that',
    'Failed to parse. Text: "{name: 1". Error: SyntaxError',
    'AI_NoObjectGeneratedError: No object generated: response did not match schema.',
    'pydantic_core._pydantic_core.ValidationError: 1 validation error for Answer\nscore\n  Input should be a valid integer',
    'LengthFinishReasonError: Could not parse response content as the length limit was reached',
    'UnexpectedModelBehavior: Exceeded maximum retries (1) for result validation',
    'ZodError: [{"code":"invalid_type","path":["score"]}]',
    'MALFORMED_FUNCTION_CALL: malformed function call',
  ],
  none: [
    '401 Incorrect API key provided: sk-x.',
    'AuthenticationError: invalid x-api-key',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'TypeError: Cannot read properties of undefined (reading "choices")',
    '404 The model `gpt-9` does not exist or you do not have access to it.',
    'KeyError: city',
    '500 Internal Server Error',
    'content_policy_violation: Your request was rejected as a result of our safety system.',
    'ValueError: no such city',
    'Order 14290 was not found',
    'AccessDeniedException: You are not authorized to perform: bedrock:InvokeModel',
    'The date is out of range',
    'error',
  ],
}

describe.each(Object.entries(MESSAGES))('%s', (type, messages) => {
  it.each(messages)('%s', (message) => expect(failureType(message)).toBe(type === 'none' ? null : type))
})

it('has nothing to say of no error', () => {
  expect(failureType(null)).toBeNull()
  expect(failureType('')).toBeNull()
})

it('is quick whatever the text', () => {
  const started = performance.now()
  failureType('time input length too many '.repeat(100_000))
  expect(performance.now() - started).toBeLessThan(2_000)
})
