import type { z } from 'zod'
import { taken } from './early.ts'
import { visiting } from './visit.ts'

/** As much of an endpoint's definition as its types need. */
export interface Definition {
  method: string
  path: string
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  responses: object
}

type Success<R> = R extends { 200: infer A }
  ? A
  : R extends { 201: infer A }
    ? A
    : R extends { 202: infer A }
      ? A
      : undefined
export type AnswerOf<E extends Definition> =
  Success<E['responses']> extends infer A ? (A extends z.ZodType ? z.output<A> : undefined) : never

/** What a query may say: the names that the definition has; those of a loose one are open. */
export type QueryOf<E extends Definition> = E['query'] extends z.ZodType
  ? { [K in keyof z.input<E['query']>]?: string | number | boolean | undefined }
  : undefined

type ParamsOf<E extends Definition> = E['params'] extends z.ZodType
  ? { params: { [K in keyof z.input<E['params']>]: string } }
  : { params?: undefined }
type BodyOf<E extends Definition> = E['body'] extends z.ZodType ? { body: z.input<E['body']> } : { body?: undefined }

export type Input<E extends Definition> = ParamsOf<E> & BodyOf<E> & { query?: QueryOf<E>; signal?: AbortSignal }
type Arguments<E extends Definition> = Record<never, never> extends Input<E> ? [input?: Input<E>] : [input: Input<E>]

/** An answer that is an error, or none at all. The message says what to do. */
export class ApiError extends Error {
  /** 0: there was no answer. */
  readonly status: number
  readonly code: string
  readonly requestId: string | null
  /** What else the answer says, such as the rows that are wrong. */
  readonly fields: Readonly<Record<string, unknown>>

  constructor(
    status: number,
    code: string,
    message: string,
    requestId: string | null,
    fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.requestId = requestId
    this.fields = fields
  }
}

interface AnyInput {
  params?: Record<string, string> | undefined
  query?: Record<string, unknown> | undefined
  body?: unknown
  signal?: AbortSignal
}

/**
 * Calls an endpoint of this appliance, typed by its definition:
 * `call<typeof getTrace>('get', '/v1/traces/{id}', { params: { id } })`. Throws `ApiError`.
 */
export async function call<E extends Definition>(
  method: E['method'],
  path: E['path'],
  ...[input]: Arguments<E>
): Promise<AnswerOf<E>> {
  const { params, query, body, signal }: AnyInput = input ?? {}
  const response = await reach(urlOf(path, params, query), {
    method: method.toUpperCase(),
    ...(signal ? { signal } : {}),
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const answer: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined)
  // Readiness answers 503 with a body of its own; an error has a code.
  if (!response.ok && (!isRecord(answer) || 'code' in answer || 'error' in answer)) throw refusal(response, answer)
  return answer as AnswerOf<E>
}

/** Calls what answers a file instead of JSON, or takes a text that is not. Throws `ApiError`. */
export async function callRaw(
  path: string,
  { type = 'application/json', body, signal }: { type?: string; body: string; signal?: AbortSignal },
): Promise<Response> {
  const headers = { 'Content-Type': type }
  const response = await reach(path, { method: 'POST', headers, body, ...(signal ? { signal } : {}) })
  if (!response.ok) throw refusal(response, await response.json().catch(() => undefined))
  return response
}

/** The address of a call: `{id}` filled in, and what the query leaves undefined left out. */
export function urlOf(path: string, params?: Record<string, string>, query?: Record<string, unknown>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ''))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.append(name, String(value))
  }
  return search.size > 0 ? `${filled}?${search}` : filled
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  const signal = init.signal ? AbortSignal.any([init.signal, visiting()]) : visiting()
  try {
    return (init.method === 'GET' && (await taken(path))) || (await fetch(path, { ...init, signal }))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'unreachable', 'TruLayer does not answer. Is it still running? Start it and try again.', null)
  }
}

function refusal(response: Response, answer: unknown): ApiError {
  const { error, code, ...fields } = isRecord(answer) ? answer : {}
  return new ApiError(
    response.status,
    typeof code === 'string' ? code : `http_${response.status}`,
    typeof error === 'string' ? error : `The server answered ${response.status}. Its log says more.`,
    response.headers.get('X-Request-Id'),
    fields,
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
