import { createHash } from 'node:crypto'
import type { FailedSpan } from '../fact-columns.ts'
import { maskError } from './mask.ts'

/**
 * failure    one span that failed, or a trace that failed without saying where
 * signature  what groups failures into a cluster: project, type of the error, its wording and the failing span
 */
export interface Failure {
  signature: string
  type: string | null
  message: string
  /** Name of the span, or of the trace. */
  span: string
  /** How it was said this time, at most `VARIANT_CHARACTERS`. */
  variant: string
  failureType: string | null
  /** When the appliance had it. */
  seenAt: number
}

const VARIANT_CHARACTERS = 300

/**
 * The failures of a trace. A span that failed because a child of it did is no failure of its own: it repeats what the child said, or says
 * it in its own words around it.
 */
export function failuresOf(
  project: string,
  spans: readonly FailedSpan[],
  trace: Omit<FailedSpan, 'id' | 'parentId'> | null,
): Failure[] {
  const failures = spans
    .filter(
      (span) => !spans.some((child) => child.parentId === span.id && child.id !== span.id && repeats(span, child)),
    )
    .map((span) => failureOf(project, span))
  return failures.length === 0 && trace ? [failureOf(project, trace)] : failures
}

function repeats(parent: FailedSpan, child: FailedSpan): boolean {
  if (parent.error.includes(child.error) || child.error.includes(parent.error)) return true
  return maskError(parent.error).message.includes(maskError(child.error).message)
}

function failureOf(
  project: string,
  { name, error, failureType, seenAt }: Omit<FailedSpan, 'id' | 'parentId'>,
): Failure {
  const { type, message } = maskError(error)
  const variant = error.slice(0, VARIANT_CHARACTERS).toWellFormed()
  return {
    signature: failureSignature({ project, type, message, span: name }),
    type,
    message,
    span: name,
    variant,
    failureType,
    seenAt,
  }
}

/** The same for the same problem, for ever: clusters are known by it, and so are links to them. */
export function failureSignature(parts: {
  project: string
  type: string | null
  message: string
  span: string
}): string {
  const { project, type, message, span } = parts
  return createHash('sha256')
    .update(JSON.stringify([project, type, message, span]))
    .digest('hex')
    .slice(0, 32)
}
