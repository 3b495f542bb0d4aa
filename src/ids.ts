import { hash, randomFillSync } from 'node:crypto'
import { parse, v7, validate } from 'uuid'

/**
 * Identifiers. Each is a lower-case UUID string; the brand keeps one kind from being passed for another.
 * The server makes UUIDv7 (sortable by time); a client's own id is kept, or mapped by UUIDv5 when it is not a UUID.
 */
type Branded<Name extends string> = string & { readonly __id: Name }

export type TenantId = Branded<'tenant'>
export type UserId = Branded<'user'>
export type SessionId = Branded<'session'>
export type ApiKeyId = Branded<'apiKey'>
export type ProjectId = Branded<'project'>
export type TraceId = Branded<'trace'>
export type SpanId = Branded<'span'>
export type EventId = Branded<'event'>
export type ModelPriceId = Branded<'modelPrice'>
export type TaskId = Branded<'task'>
export type DeadLetterId = Branded<'deadLetter'>
export type FeedbackId = Branded<'feedback'>
export type EvaluationId = Branded<'evaluation'>
export type AnomalyId = Branded<'anomaly'>

/** Namespace under which foreign ids become UUIDv5; fixed for ever, or a repeat would not be recognised. */
export const FOREIGN_IDS = '6d1c0b5e-5b0a-5f0e-9a53-0f5d6f6c8a11'
const NAMESPACE = parse(FOREIGN_IDS)

/** Asking the system for each id alone takes ten times as long as the id. */
const randomBytes = new Uint8Array(4_096)
const BYTES_AN_ID = 16
let taken = randomBytes.length

function sixteenBytes(): Uint8Array {
  if (taken === randomBytes.length) {
    randomFillSync(randomBytes)
    taken = 0
  }
  taken += BYTES_AN_ID
  return randomBytes.subarray(taken - BYTES_AN_ID, taken)
}

/** A fresh UUIDv7 of the kind the caller names. `atMs` is the time it carries (defaults to now). */
export const newId = <T extends string>(atMs: number = Date.now()): T =>
  v7({ msecs: atMs, random: sixteenBytes() }) as T

/** Is the text a UUID of any version? */
export const isUuid = (text: string): boolean => validate(text)

/** The UUID that stands for a foreign id, always the same for the same text. `scope` keeps two kinds apart. */
export function foreignId<T extends string>(scope: string, text: string): T {
  const name = `${scope}:${text}`
  const bytes = Buffer.allocUnsafe(NAMESPACE.length + Buffer.byteLength(name))
  bytes.set(NAMESPACE)
  bytes.write(name, NAMESPACE.length)
  // UUIDv5 by hand: every span that comes as OTLP needs one or two, and this takes a third of the time that the package does.
  const hex = hash('sha1', bytes, 'hex')
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) & 3]
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`]
  return `${parts.join('-')}-${hex.slice(20, 32)}` as T
}
