import type { z } from 'zod'

/** As much of an endpoint's definition as its types need. */
interface Definition {
  method: string
  path: string
  body?: z.ZodType
  responses: object
}

type BodyOf<E extends Definition> = E['body'] extends z.ZodType ? z.input<E['body']> : undefined
type Success<R> = R extends { 200: infer A } ? A : R extends { 201: infer A } ? A : undefined
export type AnswerOf<E extends Definition> =
  Success<E['responses']> extends infer A ? (A extends z.ZodType ? z.output<A> : undefined) : never

/** An answer that is an error, or none at all. The message says what to do. */
export class ApiError extends Error {
  /** 0: there was no answer. */
  readonly status: number
  readonly code: string
  readonly requestId: string | null

  constructor(status: number, code: string, message: string, requestId: string | null) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.requestId = requestId
  }
}

/**
 * Calls an endpoint of this appliance, typed by its definition: `call<typeof logIn>('post', '/v1/auth/login', body)`.
 * Throws `ApiError`.
 */
export async function call<E extends Definition>(
  method: E['method'],
  path: E['path'] | `${E['path']}?${string}`,
  body?: BodyOf<E>,
): Promise<AnswerOf<E>> {
  const response = await reach(path, {
    method: method.toUpperCase(),
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const answer: unknown = await response.json().catch(() => undefined)
  // Readiness answers 503 with a body of its own; an error has a code.
  if (!response.ok && (!isRecord(answer) || 'code' in answer)) throw refusal(response, answer)
  return answer as AnswerOf<E>
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch {
    throw new ApiError(0, 'unreachable', 'TruLayer does not answer. Is it still running? Start it and try again.', null)
  }
}

function refusal(response: Response, answer: unknown): ApiError {
  const { error, code } = isRecord(answer) ? answer : {}
  return new ApiError(
    response.status,
    typeof code === 'string' ? code : `http_${response.status}`,
    typeof error === 'string' ? error : `The server answered ${response.status}. Its log says more.`,
    response.headers.get('X-Request-Id'),
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
