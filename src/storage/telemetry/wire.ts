import type { EventId, ProjectId, SpanId, TenantId, TraceId } from '../../ids.ts'
import type { Fact } from './facts.ts'
import type { HealthCount } from './health.ts'
import type { DeadLetter, LetterChange } from './record.ts'

/**
 * What crosses from the main thread to the writer: a `TraceRecord` that is priced, classified and has its objects as JSON text,
 * because one string crosses a thread faster than a tree, and is stored as it is.
 */
export interface WireTrace {
  id: TraceId
  tenantId: TenantId
  projectId: ProjectId
  externalId: string | null
  otelTraceId: string | null
  sessionId: string | null
  userId: string | null
  environment: string | null
  name: string | null
  model: string | null
  input: string | null
  output: string | null
  error: string | null
  failureType: string | null
  startedAt: number | null
  endedAt: number | null
  latencyMs: number | null
  cost: number | null
  tags: readonly string[]
  tagMap: Readonly<Record<string, string>>
  metadata: string
  spans: readonly WireSpan[]
  events: readonly WireEvent[]
  attachments: readonly Attachment[]
  whenKnown: 'duplicate' | 'merge'
  receivedAt: number
}

export interface WireSpan {
  id: SpanId
  externalId: string | null
  parentId: SpanId | null
  otelSpanId: string | null
  name: string
  type: string
  kind: string | null
  model: string | null
  provider: string | null
  error: string | null
  failureType: string | null
  startedAt: number | null
  endedAt: number | null
  latencyMs: number | null
  cost: number | null
  promptTokens: number | null
  completionTokens: number | null
  cacheReadTokens: number | null
  cacheWriteTokens: number | null
  reasoningTokens: number | null
  inputAudioTokens: number | null
  outputAudioTokens: number | null
  /** JSON of `MoreUsage`; null for most. */
  usageMore: string | null
  /** JSON of the rates that `cost` was worked out with; null when it was not. */
  price: string | null
  /** A call with tokens that has no price. */
  unpriced: boolean
  input: string | null
  output: string | null
  metadata: string
  /** OTLP/JSON of the span alone; `otlpContext` is that of its scope and resource, stored once for many spans. */
  otlp: string | null
  otlpContext: string | null
}

export interface WireEvent {
  id: EventId
  spanId: SpanId | null
  level: string
  message: string
  at: number | null
  metadata: string
}

/** An image, a sound or a file of a message: `id` is the SHA-256 of its bytes in hex. The bytes are handed over. */
export interface Attachment {
  id: string
  mediaType: string
  bytes: Buffer<ArrayBuffer>
}

/** One request's worth of writing; it is committed whole or not at all. */
export interface Append {
  traces: readonly WireTrace[]
  deadLetters: readonly DeadLetter[]
  facts?: readonly Fact[]
  /** Letters that are settled in the same commit as what they became. */
  letterChanges?: readonly LetterChange[]
  health?: readonly HealthCount[]
}

/** What became of a trace. `createdAt` is when the appliance first had it. */
export interface Receipt {
  outcome: 'created' | 'merged' | 'duplicate'
  createdAt: number
}
