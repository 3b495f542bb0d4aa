import type { NextFunction, Request, Response } from 'express'
import { AppError } from '../../errors.ts'
import { newId } from '../../ids.ts'
import type { Log } from '../../log.ts'
import { storageFault } from '../../storage/faults.ts'
import { seen } from './observe.ts'

/** Gives every request its id, in the `X-Request-Id` header and in whatever is said about it. */
export function requestId(_req: Request, res: Response, next: NextFunction): void {
  res.setHeader('X-Request-Id', newId<string>())
  next()
}

/** Nothing is there: the same words for a wrong path and for another tenant's thing. */
export function notFound(req: Request, _res: Response, next: NextFunction): void {
  next(new AppError('not_found', `There is nothing at ${req.path}.`))
}

/** The last step: every error becomes `{error, code, request_id}`. What nobody raised on purpose is logged whole and told to nobody. */
export function problems(log: Log) {
  return (error: unknown, _req: Request, res: Response, _next: NextFunction): void => {
    const requestId = String(res.getHeader('X-Request-Id'))
    const known = error instanceof AppError ? error : (storageProblem(error) ?? clientFault(error))
    seen(res).code = known.code
    if (known.status >= 500) {
      const cause = (known.cause ?? error) as Error
      const about = { requestId, route: seen(res).route, code: known.code }
      if (known.status === 500) log.error({ err: cause, ...about }, 'a request failed')
      // Not a defect: where in the code it was noticed tells nobody anything, and there may be thousands.
      else log.warn({ reason: cause.message, ...about }, 'a request could not be served for now')
    }
    // The answer has begun: all that is left is to break it off, so that nobody takes half of it for the whole.
    if (res.headersSent) {
      res.destroy()
      return
    }
    if (known.retryAfterS !== undefined) res.setHeader('Retry-After', known.retryAfterS)
    res.status(known.status).json({ error: known.message, code: known.code, ...known.fields, request_id: requestId })
  }
}

/** A write of `control.db` that the disk did not take: nothing of it is stored, so it may be sent again. */
function storageProblem(error: unknown): AppError | null {
  const code = storageFault(error)
  return (
    code &&
    new AppError(code, 'The store cannot be written: nothing of this was stored; try again later.', {
      retryAfterS: 10,
      cause: error,
    })
  )
}

/** Express raises its own errors for requests that it cannot read, such as a path that is not valid percent-encoding. */
function clientFault(error: unknown): AppError {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError('bad_request', 'The request cannot be read.', { cause: error })
  }
  return new AppError('internal', 'Something went wrong on our side. The request id tells where to look in the log.', {
    cause: error,
  })
}
