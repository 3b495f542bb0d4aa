import { isAscii, isUtf8, transcode } from 'node:buffer'
import type { Express, IRoute, NextFunction, Request, Response } from 'express'
import type { z } from 'zod'
import { AppError, type ErrorCode } from '../../errors.ts'
import type { TenantId } from '../../ids.ts'
import type { Actor } from '../../storage/control/actor.ts'
import { authorize } from '../auth/permissions.ts'
import type { BodyOf, Endpoint, ParamsOf, QueryOf } from './endpoint.ts'
import { NO_BODY } from './endpoint.ts'
import { seen } from './observe.ts'
import type { Reply } from './reply.ts'
import { whatIsWrong } from './sentence.ts'

/** What a handler gets: the request, already identified, allowed and parsed. `actor` is null only on public endpoints. */
export interface Call<E extends Endpoint = Endpoint> {
  params: ParamsOf<E>
  query: QueryOf<E>
  body: BodyOf<E>
  actor: E['access'] extends 'public' ? Actor | null : Actor
  req: Request
  res: Response
}

export interface Binding {
  endpoint: Endpoint
  run(call: Call): Promise<Reply>
}

/** Ties a definition to the function that answers it. */
export function bind<E extends Endpoint>(endpoint: E, handler: (call: Call<E>) => Promise<Reply> | Reply): Binding {
  return { endpoint, run: async (call) => handler(call as unknown as Call<E>) }
}

/** The steps of a request that need the application's parts; `mount` runs them in this order. */
export interface Steps {
  identify(req: Request, endpoint: Endpoint): Promise<Actor | null>
  limit(req: Request, res: Response, endpoint: Endpoint, actor: Actor | null): void
  /** Inflated body, read under the size limit. */
  readBody(req: Request, res: Response): Promise<Buffer>
  /** Hears of a request to ingest that failed as a whole; `tenantId` is null for nobody known. */
  refused(tenantId: TenantId | null, request: string, error: unknown): void
  /** Hold answers against the definition; on in development and tests, so that a wrong answer fails there. */
  checkAnswers: boolean
}

/** Binds every endpoint to Express. */
export function mount(app: Express, bindings: readonly Binding[], steps: Steps): void {
  const routes = new Map<string, IRoute>()
  for (const binding of bindings) {
    const { path } = binding.endpoint
    const route = routes.get(path) ?? app.route(expressPath(path))
    routes.set(path, route)
    route[binding.endpoint.method]((req: Request, res: Response, next: NextFunction) => {
      seen(res).route = binding.endpoint.path
      answer(binding, steps, req, res).catch((error: unknown) => {
        if (binding.endpoint.family === 'ingest')
          steps.refused(seen(res).tenantId ?? null, `${req.method} ${binding.endpoint.path}`, error)
        next(error)
      })
    })
  }
  // After all of them: what `/dlq/{id}` does not do may be what `/dlq/replay` does.
  for (const path of routes.keys()) {
    app.all(expressPath(path), (req, res, next) => {
      seen(res).route = path
      next(new AppError('method_not_allowed', `${req.method} is not available at ${req.path}.`))
    })
  }
}

/** `/v1/traces/{id}` in Express's words. */
const expressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1')

async function answer({ endpoint, run }: Binding, steps: Steps, req: Request, res: Response): Promise<void> {
  const actor = await identifyAndLimit(endpoint, steps, req, res)
  authorize(endpoint, actor)
  const call = {
    params: check(endpoint.params, req.params, 'not_found', 'path'),
    query: check(endpoint.query, req.query, 'invalid_query', 'query'),
    body: await bodyOf(endpoint, steps, req, res),
    actor,
    req,
    res,
  }
  await send(endpoint, await run(call as unknown as Call), res, steps.checkAnswers)
}

async function identifyAndLimit(endpoint: Endpoint, steps: Steps, req: Request, res: Response): Promise<Actor | null> {
  try {
    const actor = await steps.identify(req, endpoint)
    if (actor) Object.assign(seen(res), { tenantId: actor.tenantId, actor: actor.kind })
    steps.limit(req, res, endpoint, actor)
    return actor
  } catch (error) {
    // Whoever could not be identified is still counted, by address, and told so in the headers.
    if (!res.hasHeader('X-RateLimit-Limit')) steps.limit(req, res, endpoint, null)
    throw error
  }
}

async function bodyOf(endpoint: Endpoint, steps: Steps, req: Request, res: Response): Promise<unknown> {
  if (!endpoint.body || endpoint.bodyAs === 'raw') return undefined
  const type = req.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  const bytes = await steps.readBody(req, res)
  if (bytes.length > 0 && type !== undefined && type !== 'application/json') {
    throw new AppError('unsupported_media_type', `Send application/json; this was ${type}.`)
  }
  return check(endpoint.body, bytes.length === 0 ? {} : parseJson(bytes), 'invalid_body', 'body')
}

/** The same text as `toString` makes; what is not ASCII alone is decoded twice as fast this way, and parsed faster too. */
function textOf(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1')
  return isUtf8(bytes) ? transcode(bytes, 'utf8', 'ucs2').toString('ucs2') : bytes.toString('utf8')
}

/** JSON of a request body. Invalid UTF-8 becomes U+FFFD, so that the rest of the text is kept. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(textOf(bytes))
  } catch (error) {
    throw new AppError('invalid_json', `The body is not JSON: ${(error as Error).message}.`, { cause: error })
  }
}

function check(schema: z.ZodType | undefined, value: unknown, code: ErrorCode, where: string): unknown {
  if (!schema) return undefined
  const result = schema.safeParse(value)
  if (result.success) return result.data
  if (code === 'not_found') throw new AppError(code, 'There is nothing with this id.')
  throw new AppError(
    result.error.issues.some(isRange) && where === 'body' ? 'out_of_range' : code,
    explain(result.error, where),
  )
}

/** A custom issue with `params.range` marks a well-formed value that is out of range: 422 rather than 400. */
const isRange = (issue: z.core.$ZodIssue): boolean => issue.code === 'custom' && issue.params?.range === true

/** One sentence that names each wrong field and why it is wrong. */
export function explain(error: z.ZodError, where: string): string {
  const parts = error.issues.slice(0, 5).map((issue) => {
    const field = issue.path.length > 0 ? pathText(issue.path) : where
    return `${field}: ${whatIsWrong(issue)}`
  })
  const more = error.issues.length > 5 ? `; and ${error.issues.length - 5} more` : ''
  return `${parts.join('; ')}${more}.`
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? String(key) : `.${String(key)}`)).join('')

async function send(endpoint: Endpoint, reply: Reply, res: Response, checkAnswers: boolean): Promise<void> {
  if (checkAnswers) assertAnswer(endpoint, reply)
  for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value)
  res.status(reply.status)
  if (reply.stream) {
    await reply.stream(res)
    return
  }
  if (reply.body === undefined) {
    res.end()
    return
  }
  if (reply.body instanceof Uint8Array) {
    res.setHeader('Content-Type', reply.type ?? 'application/octet-stream')
    res.setHeader('Content-Length', reply.body.byteLength)
    res.end(reply.body)
    return
  }
  // Express's own `json` would look for settings that nobody makes here, and takes as long again as the rest of a small answer.
  const body = JSON.stringify(reply.body)
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Content-Length', Buffer.byteLength(body))
  res.end(body)
}

function assertAnswer(endpoint: Endpoint, reply: Reply): void {
  const answer = endpoint.responses[reply.status]
  if (answer === undefined)
    throw new Error(`${endpoint.id} answers ${reply.status}, which its definition does not have`)
  if (answer === NO_BODY || 'media' in answer || reply.stream) return
  const isJson = reply.type === undefined || reply.type.startsWith('application/json')
  const body =
    reply.body instanceof Uint8Array && isJson ? JSON.parse(Buffer.from(reply.body).toString('utf8')) : reply.body
  const result = answer.safeParse(body)
  if (!result.success)
    throw new Error(`${endpoint.id} ${reply.status} breaks its definition: ${explain(result.error, 'body')}`)
}
