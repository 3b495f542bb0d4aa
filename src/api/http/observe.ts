import type { NextFunction, Request, Response } from 'express'
import type { ErrorCode } from '../../errors.ts'
import type { TenantId } from '../../ids.ts'
import type { Log } from '../../log.ts'
import type { Metrics } from '../../metrics.ts'

/** What becomes known of a request on its way through; the log and the figures say nothing else of it. */
interface Seen {
  /** Pattern of the endpoint, `/v1/traces/{id}`; a path itself may hold what somebody sent by mistake. */
  route?: string
  tenantId?: TenantId
  actor?: 'person' | 'key' | 'job'
  code?: ErrorCode
}

export const seen = (res: Response): Seen => res.locals as Seen

/** Routes of what is no endpoint. */
const NOWHERE = '(none)'
const PAGE = '(page)'

/**
 * One line of the log and one count for each request, once it is over: at `info` when it failed or was slow, at `debug` otherwise.
 * Neither holds a header, a query, a body or a path: whatever a client sends, and wherever it puts a secret, is not in them.
 */
export function observe(log: Log, metrics: Metrics, slowMs: number) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const began = performance.now()
    res.once('close', () => {
      const ms = performance.now() - began
      const live = res.getHeader('Content-Type')?.toString().startsWith('text/event-stream') ?? false
      const { route = res.statusCode < 400 ? PAGE : NOWHERE, tenantId, actor, code } = seen(res)
      const method = METHODS.has(req.method) ? req.method : 'OTHER'
      // A live feed has no other end than this.
      const status = res.writableFinished || live ? res.statusCode : BROKEN_OFF
      metrics.requests.inc({ method, route, status })
      if (code !== undefined) metrics.errors.inc({ route, code })
      if (!live) metrics.requestSeconds.observe({ method, route }, ms / 1000)
      const loud = status >= 400 || (ms >= slowMs && !live)
      if (!loud && !log.isLevelEnabled('debug')) return
      const facts = { requestId: res.getHeader('X-Request-Id'), tenantId, actor, method, route, status, code }
      log[loud ? 'info' : 'debug']({ ...facts, ms: Math.round(ms * 10) / 10 }, 'request')
    })
    next()
  }
}

/** The client was gone before its answer was. */
const BROKEN_OFF = 499

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
