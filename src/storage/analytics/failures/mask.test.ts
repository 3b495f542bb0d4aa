import { describe, expect, it } from 'vitest'
import { failureSignature } from './failures.ts'
import { maskError } from './mask.ts'

/** What providers, frameworks and languages say, and how many ways they say it: each list is one problem. */
const PROBLEMS: Record<string, string[]> = {
  'openai rate limit': [
    "openai.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for gpt-4o in organization org-Xa81bQ2mVt0 on tokens per min (TPM): Limit 30000, Used 29310, Requested 1480. Please try again in 1.58s. Visit https://platform.openai.com/account/rate-limits to learn more.', 'type': 'tokens', 'param': None, 'code': 'rate_limit_exceeded'}}",
    "openai.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for gpt-4o in organization org-9fKq22LmZ1c on tokens per min (TPM): Limit 450000, Used 449990, Requested 12. Please try again in 320ms. Visit https://platform.openai.com/account/rate-limits to learn more.', 'type': 'tokens', 'param': None, 'code': 'rate_limit_exceeded'}}",
    'RateLimitError: Error code: 429 - {"error": {"message": "Rate limit reached for gpt-4o in organization org-0aBcD9eFg1 on tokens per min (TPM): Limit 30000, Used 30000, Requested 5. Please try again in 10m0s. Visit https://platform.openai.com/account/rate-limits to learn more.", "type": "tokens", "param": null, "code": "rate_limit_exceeded"}}',
  ],
  'openai quota': [
    "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.', 'type': 'insufficient_quota', 'param': None, 'code': 'insufficient_quota'}}",
    "RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes.', 'type': 'insufficient_quota', 'param': None, 'code': 'insufficient_quota'}}",
  ],
  'openai context length': [
    "openai.BadRequestError: Error code: 400 - {'error': {'message': \"This model's maximum context length is 128000 tokens. However, your messages resulted in 131245 tokens. Please reduce the length of the messages.\", 'type': 'invalid_request_error', 'param': 'messages', 'code': 'context_length_exceeded'}}",
    "openai.BadRequestError: Error code: 400 - {'error': {'message': \"This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.\", 'type': 'invalid_request_error', 'param': 'messages', 'code': 'context_length_exceeded'}}",
  ],
  'openai invalid key': [
    "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-proj-abcd1234efgh. You can find your API key at https://platform.openai.com/account/api-keys.', 'type': 'invalid_request_error', 'param': None, 'code': 'invalid_api_key'}}",
    "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-9911zzzz0000. You can find your API key at https://platform.openai.com/account/api-keys.', 'type': 'invalid_request_error', 'param': None, 'code': 'invalid_api_key'}}",
  ],
  'openai model not found': [
    "openai.NotFoundError: Error code: 404 - {'error': {'message': 'The model `gpt-5-turbo` does not exist or you do not have access to it.', 'type': 'invalid_request_error', 'param': None, 'code': 'model_not_found'}}",
    "openai.NotFoundError: Error code: 404 - {'error': {'message': 'The model `my-finetune-2024` does not exist or you do not have access to it.', 'type': 'invalid_request_error', 'param': None, 'code': 'model_not_found'}}",
  ],
  'openai server error': [
    "openai.InternalServerError: Error code: 500 - {'error': {'message': 'The server had an error while processing your request. Sorry about that! (Please include the request ID req_1f2e3d4c5b6a7980 in your message.)', 'type': 'server_error', 'param': None, 'code': None}}",
    "openai.InternalServerError: Error code: 500 - {'error': {'message': 'The server had an error while processing your request. Sorry about that! (Please include the request ID req_99ffee00aa11bb22 in your message.)', 'type': 'server_error', 'param': None, 'code': None}}",
  ],
  'openai content filter': [
    "openai.BadRequestError: Error code: 400 - {'error': {'message': \"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.\", 'type': None, 'param': 'prompt', 'code': 'content_filter', 'status': 400}}",
    "BadRequestError: Error code: 400 - {'error': {'message': \"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.\", 'code': 'content_filter'}}",
  ],
  'openai tool calls unanswered': [
    "openai.BadRequestError: Error code: 400 - {'error': {'message': \"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_Ab12Cd34Ef56\", 'type': 'invalid_request_error', 'param': 'messages.[3].role', 'code': None}}",
    "openai.BadRequestError: Error code: 400 - {'error': {'message': \"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_9zYx8Wv7, call_1a2b3c4d\", 'type': 'invalid_request_error', 'param': 'messages.[11].role', 'code': None}}",
  ],
  'openai timeout': ['openai.APITimeoutError: Request timed out.', 'APITimeoutError: Request timed out.'],
  'openai connection': ['openai.APIConnectionError: Connection error.', 'APIConnectionError: Connection error.'],
  'anthropic overloaded': [
    "anthropic.InternalServerError: Error code: 529 - {'type': 'error', 'error': {'type': 'overloaded_error', 'message': 'Overloaded'}, 'request_id': 'req_011CQabc123def'}",
    "anthropic.InternalServerError: Error code: 529 - {'type': 'error', 'error': {'type': 'overloaded_error', 'message': 'Overloaded'}, 'request_id': 'req_011CRxyz789ghi'}",
  ],
  'anthropic rate limit': [
    'RateLimitError: 429 {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization\'s rate limit of 400,000 input tokens per minute."},"request_id":"req_011aa22bb"}',
    'RateLimitError: 429 {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization\'s rate limit of 80,000 input tokens per minute."},"request_id":"req_0192837465"}',
  ],
  'anthropic prompt too long': [
    'BadRequestError: 400 {"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}',
    'BadRequestError: 400 {"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 1000213 tokens > 1000000 maximum"}}',
  ],
  'anthropic credit': [
    'BadRequestError: 400 {"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}',
    'anthropic.BadRequestError: 400 {"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."},"request_id":"req_77"}',
  ],
  'anthropic internal': [
    'InternalServerError: 500 {"type":"error","error":{"type":"api_error","message":"Internal server error"}}',
    'InternalServerError: 500 {"type":"error","error":{"type":"api_error","message":"Internal server error"},"request_id":"req_5512ab"}',
  ],
  'gemini exhausted': [
    'google.api_core.exceptions.ResourceExhausted: 429 Resource has been exhausted (e.g. check quota).',
    'ResourceExhausted: 429 Resource has been exhausted (e.g. check quota).',
  ],
  'gemini unavailable': [
    'google.api_core.exceptions.ServiceUnavailable: 503 The model is overloaded. Please try again later.',
    'ServiceUnavailable: 503 The model is overloaded. Please try again later.',
  ],
  'gemini deadline': [
    'google.api_core.exceptions.DeadlineExceeded: 504 Deadline Exceeded',
    'DeadlineExceeded: 504 Deadline Exceeded',
  ],
  'gemini location': [
    '[GoogleGenerativeAI Error]: Error fetching from https://generativelanguage.googleapis.com/v1beta/models/gemini-1.5-pro:generateContent: [400 Bad Request] User location is not supported for the API use.',
    '[GoogleGenerativeAI Error]: Error fetching from https://generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:generateContent: [400 Bad Request] User location is not supported for the API use.',
  ],
  'bedrock throttling': [
    'botocore.errorfactory.ThrottlingException: An error occurred (ThrottlingException) when calling the InvokeModel operation (reached max retries: 4): Too many tokens, please wait before trying again.',
    'ThrottlingException: An error occurred (ThrottlingException) when calling the InvokeModel operation (reached max retries: 10): Too many tokens, please wait before trying again.',
  ],
  'bedrock denied': [
    'botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling the InvokeModel operation: User: arn:aws:iam::123456789012:user/app is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2',
    'botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling the InvokeModel operation: User: arn:aws:sts::998877665544:assumed-role/worker/i-0abc12 is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-west-1::foundation-model/meta.llama3-70b',
  ],
  'mistral unauthorized': [
    'mistralai.models.sdkerror.SDKError: API error occurred: Status 401. Body: {"detail":"Unauthorized"}',
    'SDKError: API error occurred: Status 401. Body: {"detail":"Unauthorized","request_id":"8f4b1c2d-0000-4a4a-8b8b-1234567890ab"}',
  ],
  'mistral validation': [
    'SDKError: API error occurred: Status 422. Body: {"detail":"Input should be a valid list"}',
    'mistralai.SDKError: API error occurred: Status 422. Body: {"detail":"Input should be a valid list"}',
  ],
  'ollama not pulled': [
    'ResponseError: model "llama3:8b" not found, try pulling it first',
    "ResponseError: model 'mistral:7b' not found, try pulling it first",
  ],
  'ollama refused': [
    'httpx.ConnectError: [Errno 111] Connection refused',
    'ConnectError: [Errno 61] Connection refused',
  ],
  'node refused': [
    'Error: connect ECONNREFUSED 127.0.0.1:11434',
    'Error: connect ECONNREFUSED 10.4.17.9:8443',
    'Error: connect ECONNREFUSED 192.168.1.20:5432',
  ],
  'node reset': [
    'Error: read ECONNRESET',
    'Error: read ECONNRESET\n    at TLSWrap.onStreamRead (node:internal/stream_base_commons:217:20)',
  ],
  'node dns': ['Error: getaddrinfo ENOTFOUND api.openai.com', 'Error: getaddrinfo ENOTFOUND vectors.eu-central-1.svc'],
  'undici headers timeout': [
    'HeadersTimeoutError: Headers Timeout Error',
    'HeadersTimeoutError [UND_ERR_HEADERS_TIMEOUT]: Headers Timeout Error',
  ],
  'axios 502': [
    'AxiosError: Request failed with status code 502',
    'AxiosError: Request failed with status code 502\n    at settle (/app/node_modules/axios/dist/node/axios.cjs:1967:12)',
  ],
  'axios 404': [
    'AxiosError: Request failed with status code 404',
    'Uncaught AxiosError: Request failed with status code 404',
  ],
  'axios timeout': ['AxiosError: timeout of 10000ms exceeded', 'AxiosError: timeout of 30000ms exceeded'],
  'bad gateway': [
    'HTTPError: 502 Bad Gateway from http://order-api.internal/v2',
    'HTTPError: 502 Bad Gateway from http://stock-api.internal/v2',
  ],
  'requests 503': [
    'requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://search.internal/api/v1/query?q=shoes&page=2',
    'requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://search.internal/api/v1/query?q=hats',
  ],
  'requests 403': [
    'requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://api.github.com/repos/acme/shop/issues/12',
    'requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://api.github.com/repos/acme/blog',
  ],
  'requests read timeout': [
    "requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='api.openai.com', port=443): Read timed out. (read timeout=600)",
    "requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='10.0.0.3', port=8080): Read timed out. (read timeout=30)",
  ],
  'urllib3 max retries': [
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='vectors.internal', port=443): Max retries exceeded with url: /v1/query (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f3c2a1b9d90>: Failed to establish a new connection: [Errno 111] Connection refused'))",
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='vectors.prod', port=8443): Max retries exceeded with url: /v1/upsert (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7fb01c33aa10>: Failed to establish a new connection: [Errno 111] Connection refused'))",
  ],
  'json decode': [
    'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)',
    'JSONDecodeError: Expecting value: line 12 column 44 (char 871)',
  ],
  'json unterminated': [
    'json.decoder.JSONDecodeError: Unterminated string starting at: line 1 column 42 (char 41)',
    'JSONDecodeError: Unterminated string starting at: line 3 column 7 (char 188)',
  ],
  'js json': [
    'SyntaxError: Unexpected token I in JSON at position 0',
    'SyntaxError: Unexpected token I in JSON at position 17',
  ],
  'js json end': ['SyntaxError: Unexpected end of JSON input', 'Uncaught SyntaxError: Unexpected end of JSON input'],
  'pydantic missing': [
    "pydantic_core._pydantic_core.ValidationError: 1 validation error for Invoice\ntotal\n  Field required [type=missing, input_value={'id': 'INV-2231', 'lines': []}, input_type=dict]\n    For further information visit https://errors.pydantic.dev/2.7/v/missing",
    "pydantic_core._pydantic_core.ValidationError: 1 validation error for Invoice\ntotal\n  Field required [type=missing, input_value={'id': 'INV-9', 'lines': [1]}, input_type=dict]\n    For further information visit https://errors.pydantic.dev/2.8/v/missing",
  ],
  'key error': ["KeyError: 'tracking_events'", "KeyError: 'unit_price'", 'KeyError: "customer"'],
  'index error': [
    'IndexError: list index out of range',
    'Traceback (most recent call last):\n  File "/app/agent.py", line 77, in run\n    return steps[9]\nIndexError: list index out of range',
  ],
  'none attribute': [
    "AttributeError: 'NoneType' object has no attribute 'content'",
    "Traceback (most recent call last):\n  File \"/srv/app/chain.py\", line 12, in <module>\n    x.text\nAttributeError: 'NoneType' object has no attribute 'text'",
  ],
  'js undefined': [
    "TypeError: Cannot read properties of undefined (reading 'content')",
    "TypeError: Cannot read properties of undefined (reading 'choices')\n    at parse (/app/dist/index.js:10:33)",
  ],
  'file not found': [
    "FileNotFoundError: [Errno 2] No such file or directory: '/data/uploads/4711/report.pdf'",
    "FileNotFoundError: [Errno 2] No such file or directory: 'prompts/system_v3.txt'",
  ],
  'node enoent': [
    "Error: ENOENT: no such file or directory, open '/tmp/out-8812.json'",
    "Error: ENOENT: no such file or directory, open '/var/lib/app/cache/a1b2c3.bin'",
  ],
  'permission denied': [
    "PermissionError: [Errno 13] Permission denied: '/etc/app/keys.json'",
    "PermissionError: [Errno 13] Permission denied: '/root/.cache'",
  ],
  'out of memory': [
    'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.69 GiB of which 1.12 GiB is free.',
    'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 512.00 MiB. GPU 3 has a total capacity of 79.15 GiB of which 88.50 MiB is free.',
  ],
  'langchain parser': [
    'langchain_core.exceptions.OutputParserException: Could not parse LLM output: `I think the answer is 42`',
    'OutputParserException: Could not parse LLM output: `Sure! Here is the JSON you asked for`',
  ],
  'langchain iteration limit': [
    'Agent stopped due to iteration limit or time limit.',
    'Agent stopped due to iteration limit or time limit.',
  ],
  'langgraph recursion': [
    'langgraph.errors.GraphRecursionError: Recursion limit of 25 reached without hitting a stop condition. You can increase the limit by setting the `recursion_limit` config key.',
    'GraphRecursionError: Recursion limit of 100 reached without hitting a stop condition. You can increase the limit by setting the `recursion_limit` config key.',
  ],
  'llamaindex empty': [
    'ValueError: No nodes retrieved for query 8f14e45fceea167a5a36dedd4bea2543',
    'ValueError: No nodes retrieved for query c9f0f895fb98ab9159f51fd0297e236d',
  ],
  'vercel no object': [
    'AI_NoObjectGeneratedError: No object generated: response did not match schema.',
    'NoObjectGeneratedError: No object generated: response did not match schema.',
  ],
  'vercel type validation': [
    'TypeValidationError: Type validation failed: Value: {"city":"Berlin","temp":"warm"}.',
    'TypeValidationError: Type validation failed: Value: {"city":"Oslo","temp":"cold"}.',
  ],
  'zod enum': [
    'ZodError: Invalid enum value. Expected "asc" | "desc", received "up"',
    'ZodError: Invalid enum value. Expected "asc" | "desc", received "sideways"',
  ],
  'tool timed out': [
    'TimeoutError: get_order timed out after 10000 ms',
    'TimeoutError: get_order timed out after 10.5s',
  ],
  'asyncio timeout': ['asyncio.exceptions.TimeoutError', 'TimeoutError'],
  'go deadline': [
    'Post "https://api.openai.com/v1/chat/completions": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    'Post "http://localhost:8080/v1/complete": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  ],
  'go canceled': [
    'rpc error: code = Canceled desc = context canceled',
    'rpc error: code = Canceled desc = context canceled',
  ],
  'go unavailable': [
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.2.0.9:50051: connect: connection refused"',
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.2.0.44:50051: connect: connection refused"',
  ],
  'go nil pointer': [
    'panic: runtime error: invalid memory address or nil pointer dereference',
    'panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x6f2b1a]',
  ],
  'go index': [
    'panic: runtime error: index out of range [5] with length 3',
    'panic: runtime error: index out of range [12] with length 12',
  ],
  'java npe': [
    'java.lang.NullPointerException: Cannot invoke "String.length()" because "text" is null',
    'java.lang.NullPointerException: Cannot invoke "java.util.List.size()" because "docs" is null\n\tat com.acme.Rag.run(Rag.java:41)',
  ],
  'java execution': [
    'java.util.concurrent.ExecutionException: java.net.SocketTimeoutException: Read timed out',
    'java.net.SocketTimeoutException: Read timed out',
  ],
  'rust reqwest': [
    'error sending request for url (https://api.mistral.ai/v1/chat/completions): operation timed out',
    'error sending request for url (http://127.0.0.1:8000/v1/embeddings): operation timed out',
  ],
  ruby: [
    "NoMethodError: undefined method `dig' for nil:NilClass",
    "NoMethodError: undefined method `fetch' for nil:NilClass",
  ],
  'postgres duplicate': [
    'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "messages_pkey"\nDETAIL:  Key (id)=(8812) already exists.',
    'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "runs_pkey"\nDETAIL:  Key (id)=(13) already exists.',
  ],
  'postgres connections': ['FATAL: sorry, too many clients already', 'FATAL:  sorry, too many clients already'],
  'redis moved': [
    'redis.exceptions.ResponseError: MOVED 3999 10.1.2.3:6381',
    'ResponseError: MOVED 12182 10.1.2.9:6379',
  ],
  'pinecone dimension': [
    'PineconeApiException: (400) Reason: Bad Request HTTP response body: {"code":3,"message":"Vector dimension 1536 does not match the dimension of the index 768","details":[]}',
    'PineconeApiException: (400) Reason: Bad Request HTTP response body: {"code":3,"message":"Vector dimension 3072 does not match the dimension of the index 1536","details":[]}',
  ],
  'qdrant collection': [
    'UnexpectedResponse: Unexpected Response: 404 (Not Found) Raw response content: b\'{"status":{"error":"Not found: Collection `docs_v2` doesn\\\'t exist!"},"time":0.00012}\'',
    'UnexpectedResponse: Unexpected Response: 404 (Not Found) Raw response content: b\'{"status":{"error":"Not found: Collection `kb` doesn\\\'t exist!"},"time":0.0009}\'',
  ],
  'stripe card': [
    'stripe.error.CardError: Request req_8Hs72kSla0: Your card was declined.',
    'stripe.error.CardError: Request req_Zp03mm11Qe: Your card was declined.',
  ],
  'email refused': [
    'SMTPRecipientsRefused: 550 No such user: ann.smith+x@example.com',
    'SMTPRecipientsRefused: 550 No such user: bob@mail.example.org',
  ],
  'order unknown': ['LookupError: order ORD-10023 was not found', 'LookupError: order ORD-99 was not found'],
  'customer unknown': ['LookupError: customer 4711 was not found', 'LookupError: customer 12 was not found'],
  guardrail: ['GuardrailFailure: output contains 3 banned words', 'GuardrailFailure: output contains 1 banned words'],
  budget: ['BudgetExceeded: spent $12.40 of $10.00 today', 'BudgetExceeded: spent $101 of $100 today'],
  'retry exhausted': [
    'tenacity.RetryError: RetryError[<Future at 0x7f9d8c0b5e50 state=finished raised RateLimitError>]',
    'tenacity.RetryError: RetryError[<Future at 0x7fa11c2d0010 state=finished raised RateLimitError>]',
  ],
  certificate: [
    'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1006)',
    'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:997)',
  ],
  unicode: [
    "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    "UnicodeDecodeError: 'utf-8' codec can't decode byte 0x89 in position 1023: invalid start byte",
  ],
  'token expired': [
    'TokenExpiredError: jwt expired at 2026-02-11T08:00:00.000Z',
    'TokenExpiredError: jwt expired at 2026-03-01T23:59:59.120Z',
  ],
  division: ['ZeroDivisionError: division by zero', 'ZeroDivisionError: division by zero'],
  recursion: [
    'RecursionError: maximum recursion depth exceeded',
    'Traceback (most recent call last):\n  File "/app/a.py", line 3, in f\n    f()\nRecursionError: maximum recursion depth exceeded',
  ],
  stack: [
    'RangeError: Maximum call stack size exceeded',
    'RangeError: Maximum call stack size exceeded\n    at walk (file:///app/a.js:1:1)',
  ],
  'mcp tool': [
    'McpError: MCP error -32602: Tool search_docs not found',
    'McpError: MCP error -32601: Tool search_docs not found',
  ],
  'hallucinated tool': [
    "ToolNotFoundError: 'get_wether' is not a registered tool",
    'ToolNotFoundError: "send_mail" is not a registered tool',
  ],
  'disk full': [
    "OSError: [Errno 28] No space left on device: '/data/vec/seg-000012'",
    "OSError: [Errno 28] No space left on device: '/tmp/x'",
  ],
  'cohere rate': [
    'cohere.errors.TooManyRequestsError: status_code: 429, body: {"message":"You are using a Trial key, which is limited to 20 API calls / minute."}',
    'TooManyRequestsError: status_code: 429, body: {"message":"You are using a Trial key, which is limited to 1000 API calls / minute."}',
  ],
  'azure deployment': [
    "openai.NotFoundError: Error code: 404 - {'error': {'code': 'DeploymentNotFound', 'message': 'The API deployment for this resource does not exist.'}}",
    "NotFoundError: Error code: 404 - {'error': {'code': 'DeploymentNotFound', 'message': 'The API deployment for this resource does not exist.'}}",
  ],
  'azure rate': [
    "openai.RateLimitError: Error code: 429 - {'error': {'code': '429', 'message': 'Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current pricing tier. Please retry after 6 seconds.'}}",
    "openai.RateLimitError: Error code: 429 - {'error': {'code': '429', 'message': 'Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current pricing tier. Please retry after 1 second.'}}",
  ],
  'vertex blocked': ['ValueError: Content has no parts.', 'ValueError: Content has no parts.'],
  litellm: [
    'litellm.exceptions.APIConnectionError: OllamaException - Cannot connect to host localhost:11434 ssl:default',
    'litellm.exceptions.APIConnectionError: OllamaException - Cannot connect to host 10.9.8.7:11434 ssl:default',
  ],
  dspy: [
    'AdapterParseError: Adapter JSONAdapter failed to parse the LM response.',
    'dspy.utils.exceptions.AdapterParseError: Adapter JSONAdapter failed to parse the LM response.',
  ],
  crew: [
    'ValueError: Invalid response from LLM call - None or empty.',
    'ValueError: Invalid response from LLM call - None or empty.',
  ],
  'pydantic ai': [
    'UnexpectedModelBehavior: Exceeded maximum retries (3) for result validation',
    'UnexpectedModelBehavior: Exceeded maximum retries (1) for result validation',
  ],
  celery: [
    'celery.exceptions.SoftTimeLimitExceeded: SoftTimeLimitExceeded()',
    'celery.exceptions.SoftTimeLimitExceeded: SoftTimeLimitExceeded()',
  ],
  'mysql gone': [
    "pymysql.err.OperationalError: (2006, 'MySQL server has gone away')",
    "OperationalError: (2006, 'MySQL server has gone away')",
  ],
  elastic: ['ConnectionTimeout: Connection timed out', 'elastic_transport.ConnectionTimeout: Connection timed out'],
  'groq limit': [
    "groq.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for model `llama-3.3-70b-versatile` in organization `org_01j8abcdefgh` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Used 5812, Requested 977. Please try again in 7.89s.', 'type': 'tokens', 'code': 'rate_limit_exceeded'}}",
    "groq.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for model `llama-3.1-8b-instant` in organization `org_01zzzz` service tier `on_demand` on tokens per minute (TPM): Limit 20000, Used 19999, Requested 12. Please try again in 1m2.5s.', 'type': 'tokens', 'code': 'rate_limit_exceeded'}}",
  ],
  'mistral 429': [
    'SDKError: API error occurred: Status 429. Body: {"message":"Requests rate limit exceeded","request_id":"c2a1b9f0aa"}',
    'SDKError: API error occurred: Status 429. Body: {"message":"Requests rate limit exceeded","request_id":"99e8d7c6bb"}',
  ],
  'cohere trial': [
    "cohere.errors.too_many_requests_error.TooManyRequestsError: status_code: 429, body: {'message': \"You are using a Trial key, which is limited to 40 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'.\"}",
    "TooManyRequestsError: status_code: 429, body: {'message': \"You are using a Trial key, which is limited to 10 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'.\"}",
  ],
  'bedrock throttle': [
    'ThrottlingException: An error occurred (ThrottlingException) when calling the InvokeModel operation (reached max retries: 4): Too many requests, please wait before trying again.',
    'botocore.errorfactory.ThrottlingException: An error occurred (ThrottlingException) when calling the InvokeModel operation (reached max retries: 10): Too many requests, please wait before trying again.',
  ],
  'bedrock denied, further': [
    "botocore.errorfactory.AccessDeniedException: An error occurred (AccessDeniedException) when calling the InvokeModel operation: You don't have access to the model with the specified model ID.",
    "AccessDeniedException: An error occurred (AccessDeniedException) when calling the InvokeModel operation: You don't have access to the model with the specified model ID.",
  ],
  'gemini overloaded': [
    "google.genai.errors.ServerError: 503 UNAVAILABLE. {'error': {'code': 503, 'message': 'The model is overloaded. Please try again later.', 'status': 'UNAVAILABLE'}}",
    "ServerError: 503 UNAVAILABLE. {'error': {'code': 503, 'message': 'The model is overloaded. Please try again later.', 'status': 'UNAVAILABLE'}}",
  ],
  'german not found': [
    'FileNotFoundException: Die Datei "C:\\Daten\\Rechnung_4711.pdf" wurde nicht gefunden.',
    'FileNotFoundException: Die Datei "D:\\x\\Rechnung_99.pdf" wurde nicht gefunden.',
  ],
  'german timeout': [
    'TimeoutError: Zeitüberschreitung nach 30 Sekunden bei der Verbindung mit 10.0.3.4:5432',
    'TimeoutError: Zeitüberschreitung nach 5 Sekunden bei der Verbindung mit 10.9.3.1:5432',
  ],
  'german refused': ['Verbindung zu 192.168.1.5:6379 wurde verweigert', 'Verbindung zu 10.1.1.2:6379 wurde verweigert'],
  french: [
    'Erreur : le fichier « rapport_2024.pdf » est introuvable',
    'Erreur : le fichier « budget.xlsx » est introuvable',
  ],
  'french limit': [
    'Délai d’attente dépassé après 30 secondes (tentative 3 sur 5)',
    'Délai d’attente dépassé après 12 secondes (tentative 1 sur 5)',
  ],
  spanish: [
    'Error: no se pudo conectar con el servidor 10.0.0.1:8443 tras 3 intentos',
    'Error: no se pudo conectar con el servidor 10.0.0.77:8443 tras 5 intentos',
  ],
  portuguese: [
    "Erro ao processar o pedido 'PED-1042': estoque insuficiente",
    "Erro ao processar o pedido 'PED-77': estoque insuficiente",
  ],
  russian: [
    'Ошибка: превышено время ожидания (30 секунд) при запросе к https://api.example.ru/v1',
    'Ошибка: превышено время ожидания (5 секунд) при запросе к https://api.example.ru/v2/x',
  ],
  'russian file': ['Файл «отчёт.xlsx» не найден', 'Файл «смета 2.xlsx» не найден'],
  japanese: ['エラー: ファイル「報告書2024.pdf」が見つかりません', 'エラー: ファイル「見積.xlsx」が見つかりません'],
  'japanese timeout': [
    'タイムアウトしました(30秒)。リクエストID: req_8f7e6d5c',
    'タイムアウトしました(5秒)。リクエストID: req_1a2b3c4d',
  ],
  'chinese limit': [
    '请求过于频繁,请在 30 秒后重试(请求ID:20240612103045abcdef12)',
    '请求过于频繁,请在 5 秒后重试(请求ID:20240613113145fedcba98)',
  ],
  'chinese len': [
    'Error code: 400 - 输入长度 131072 超过最大限制 128000',
    'Error code: 400 - 输入长度 40000 超过最大限制 32768',
  ],
  'chinese quoted': ['模型“qwen-max”不存在', '模型“deepseek-chat-v9”不存在'],
  korean: ["오류: 사용자 'kim01'을(를) 찾을 수 없습니다", "오류: 사용자 'lee'을(를) 찾을 수 없습니다"],
  dashscope: [
    'DashScopeError: Throttling.RateQuota: Requests rate limit exceeded, please try again later. request_id: 7f3c1b2a-1111-2222-3333-444455556666',
    'DashScopeError: Throttling.RateQuota: Requests rate limit exceeded, please try again later. request_id: 00001b2a-1111-2222-3333-444455556666',
  ],
  'java npe2': [
    'java.lang.NullPointerException: Cannot read field "name" because "<local4>" is null',
    'java.lang.NullPointerException: Cannot read field "name" because "<local4>" is null',
  ],
  'go dial': [
    'dial tcp 10.0.0.4:5432: connect: connection refused',
    'dial tcp [::1]:5432: connect: connection refused',
  ],
  'rust unwrap': [
    "thread 'main' panicked at src/main.rs:42:17: called `Option::unwrap()` on a `None` value",
    "thread 'tokio-runtime-worker-3' panicked at src/agent/run.rs:7:1: called `Option::unwrap()` on a `None` value",
  ],
  php: [
    'PHP Fatal error:  Uncaught GuzzleHttp\\Exception\\ConnectException: cURL error 28: Operation timed out after 30001 milliseconds with 0 bytes received',
    'PHP Fatal error:  Uncaught GuzzleHttp\\Exception\\ConnectException: cURL error 28: Operation timed out after 10002 milliseconds with 512 bytes received',
  ],
  csharp: [
    'System.Net.Http.HttpRequestException: Response status code does not indicate success: 503 (Service Unavailable).',
    'HttpRequestException: Response status code does not indicate success: 503 (Service Unavailable).',
  ],
  'csharp 404': [
    'System.Net.Http.HttpRequestException: Response status code does not indicate success: 404 (Not Found).',
    'HttpRequestException: Response status code does not indicate success: 404 (Not Found).',
  ],
  swift: [
    'The operation couldn’t be completed. (NSURLErrorDomain error -1001.)',
    'The operation couldn’t be completed. (NSURLErrorDomain error -1001.)',
  ],
  swift2: [
    'The operation couldn’t be completed. (NSURLErrorDomain error -1009.)',
    'The operation couldn’t be completed. (NSURLErrorDomain error -1009.)',
  ],
  elixir: [
    '** (FunctionClauseError) no function clause matching in Agent.handle/2',
    '** (FunctionClauseError) no function clause matching in Agent.handle/2',
  ],
  ollama: [
    'ollama._types.ResponseError: model "llama3:70b" not found, try pulling it first (status code: 404)',
    'ResponseError: model "qwen2:7b" not found, try pulling it first (status code: 404)',
  ],
  vllm: [
    "This model's maximum context length is 4096 tokens. However, you requested 5120 tokens (4096 in the messages, 1024 in the completion).",
    "This model's maximum context length is 32768 tokens. However, you requested 40000 tokens (39000 in the messages, 1000 in the completion).",
  ],
  'hf loading': [
    'HfHubHTTPError: 503 Server Error: Service Unavailable for url: https://api-inference.huggingface.co/models/x/y (Request ID: Root=1-65f0aa-0011) Model x/y is currently loading',
    'HfHubHTTPError: 503 Server Error: Service Unavailable for url: https://api-inference.huggingface.co/models/a/b (Request ID: Root=1-65f1bb-1100) Model a/b is currently loading',
  ],
  cuda: [
    'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 23.65 GiB total capacity; 20.11 GiB already allocated; 1.2 GiB free)',
    'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 512.00 MiB (GPU 3; 79.15 GiB total capacity; 78.00 GiB already allocated; 20.00 MiB free)',
  ],
  'json js': [
    'SyntaxError: Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON',
    'SyntaxError: Unexpected token \'<\', "<html><he"... is not valid JSON',
  ],
  'pg dup': [
    'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "users_email_key" DETAIL:  Key (email)=(a@b.co) already exists.',
    'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "users_email_key" DETAIL:  Key (email)=(zoe.k+1@mail.example.org) already exists.',
  ],
  eacces: [
    "Error: EACCES: permission denied, open '/tmp/a/b.json'",
    "Error: EACCES: permission denied, open '/root/x.json'",
  ],
}

describe('masking', () => {
  const all = Object.entries(PROBLEMS).flatMap(([problem, messages]) =>
    messages.map((message) => ({ problem, message })),
  )
  const signature = (message: string) => failureSignature({ project: 'p', span: 's', ...maskError(message) })

  it(`holds for ${all.length} messages that what is one problem is one, and what are two are two`, () => {
    expect(new Set(all.map(({ message }) => message)).size).toBeGreaterThanOrEqual(250)
    const split = Object.entries(PROBLEMS).flatMap(([problem, messages]) => {
      const masked = new Set(messages.map((message) => JSON.stringify(maskError(message))))
      return masked.size > 1 ? [{ problem, masked: [...masked] }] : []
    })
    expect(split).toEqual([])
    const problemsOf = new Map<string, Set<string>>()
    for (const { problem, message } of all) {
      const known = problemsOf.get(signature(message)) ?? new Set()
      problemsOf.set(signature(message), known.add(problem))
    }
    expect([...problemsOf.values()].filter((problems) => problems.size > 1).map((problems) => [...problems])).toEqual(
      [],
    )
  })

  it('keeps nothing of who or what it was', () => {
    const withoutCode = (message: string) => message.replace(/\w+Domain error -\d+/, '')
    for (const { message } of all)
      expect(withoutCode(maskError(message).message)).not.toMatch(
        /@example|sk-|req_|org-[A-Z0-9]|\d{4,}|https?:|0x[0-9a-f]/,
      )
  })

  it('takes a text of any length in no time', () => {
    const texts = [
      'a'.repeat(1e6),
      `${'"'.repeat(50_000)}x`,
      '/a'.repeat(100_000),
      `{"message":"${'\\"'.repeat(50_000)}`,
      '1,'.repeat(100_000),
      'a1'.repeat(1e5),
      'x.'.repeat(1e5),
      "'a ".repeat(1e5),
    ]
    for (const text of texts) {
      const start = performance.now()
      expect(maskError(text).message.length).toBeLessThanOrEqual(300)
      expect(performance.now() - start).toBeLessThan(3_000)
    }
  })

  it('is settled: masking what is masked changes nothing', () => {
    for (const { message } of all) {
      const { message: once } = maskError(message)
      expect(maskError(once).message).toBe(once)
    }
  })
})
