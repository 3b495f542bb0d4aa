import type { z } from 'zod'
import type { Plan } from '../../plans.ts'
import type { Role } from '../../storage/control/actor.ts'

/**
 * One definition per endpoint, walked three times: to bind it to Express (`mount.ts`), to write the OpenAPI document
 * (`openapi.ts`), and to infer the dashboard's client. A definition is data: it imports no handler.
 */
export interface Endpoint {
  /** OpenAPI operationId, unique. */
  id: string
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** OpenAPI form: `/v1/traces/{id}`. */
  path: `/${string}`
  tag: string
  summary: string
  description?: string
  access: Access
  /** Which rate-limit window a call counts towards. */
  family: 'read' | 'write' | 'ingest' | 'public'
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  /**
   * `parsed` (default): JSON checked against `body` before the handler. `raw`: the handler gets the inflated bytes and judges them
   * itself; `body` then only documents.
   */
  bodyAs?: 'parsed' | 'raw'
  /** Media types that the body may have; default `application/json`. */
  consumes?: readonly string[]
  /** Status → what is answered: a zod schema for JSON, `NO_BODY`, or other media by name. */
  responses: Record<number, Answer>
}

export type Answer = z.ZodType | typeof NO_BODY | { media: Record<string, z.ZodType | 'binary' | 'text'> }

/** A response without a body. */
export const NO_BODY = Symbol('no body')

export type { Role }
/**
 * Who may call. Roles are allow-lists, not ranks. `keys`: `none` is for signed-in people only (a key gets `dashboard_only`), `query`
 * is open to keys of any scope, `full` only to keys without a scope.
 */
export type Access = 'public' | { roles: readonly Role[]; keys: 'none' | 'query' | 'full'; plan?: Plan }

export const EVERY_ROLE = ['owner', 'member', 'viewer'] as const satisfies readonly Role[]

/** Keeps the literal types of a definition, so that handlers and the client are typed by it. */
export const endpoint = <const E extends Endpoint>(definition: E): E => definition

type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined
export type ParamsOf<E extends Endpoint> = OutputOf<E['params']>
export type QueryOf<E extends Endpoint> = OutputOf<E['query']>
export type BodyOf<E extends Endpoint> = E['bodyAs'] extends 'raw' ? undefined : OutputOf<E['body']>
