import type { EventId, SpanId } from '../../ids.ts'
import type { Fact } from './facts.ts'
import type { HealthCount } from './health.ts'
import type { DeadLetter, LetterChange, SpanRecord, TraceRecord } from './record.ts'

/**
 * What crosses from the main thread to the writer: a `TraceRecord` that is priced, classified and has its objects as JSON text,
 * because one string crosses a thread faster than a tree, and is stored as it is.
 */
export interface WireTrace extends Omit<TraceRecord, 'tags' | 'tagMap' | 'metadata' | 'spans' | 'events'> {
  failureType: string | null
  tags: readonly string[]
  tagMap: Readonly<Record<string, string>>
  metadata: string
  spans: readonly WireSpan[]
  events: readonly WireEvent[]
  attachments: readonly Attachment[]
}

/** `Usage`, as the columns of a span have it. */
export interface SpanTokens {
  promptTokens: number | null
  completionTokens: number | null
  cacheReadTokens: number | null
  cacheWriteTokens: number | null
  reasoningTokens: number | null
  inputAudioTokens: number | null
  outputAudioTokens: number | null
}

export interface WireSpan extends Omit<SpanRecord, 'usage' | 'metadata' | 'otlp'>, SpanTokens {
  failureType: string | null
  /** JSON of `MoreUsage`; null for most. */
  usageMore: string | null
  /** JSON of the rates that `cost` was worked out with; null when it was not. */
  price: string | null
  /** A call with tokens that has no price. */
  unpriced: boolean
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
  /** JSON text. */
  otlp: string | null
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
  /** How many of the spans that were new have tokens and no price, by provider; only where there are any. */
  unpriced?: ReadonlyMap<string | null, number>
}
