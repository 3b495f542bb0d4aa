import type { Fact } from './facts.ts'
import type { Append, WireSpan, WireTrace } from './wire.ts'

/**
 * How an append crosses to the writer. Its long texts go as one block of UTF-8 that changes hands without a copy and is bound as it is.
 * As strings each would be made anew on the writer's heap, copied by its collector for as long as it waits for the commit (a ninth of
 * the writer's time at full load), and turned into UTF-8 at last.
 */
export interface PackedAppend {
  traces: readonly PackedTrace[]
  deadLetters: Append['deadLetters']
  facts: readonly Fact[]
  letterChanges: NonNullable<Append['letterChanges']>
  health: NonNullable<Append['health']>
  /** Each price once: thousands of spans share a few. */
  prices: readonly string[]
  /** Each scope with its resource once, likewise. */
  contexts: readonly string[]
  texts: Texts
}

/** Text `i` is `bytes` from `ends[i - 1]` to `ends[i]`. */
export interface Texts {
  bytes: Uint8Array
  ends: Uint32Array
}

/** A text's number in `Texts`. */
type At<T> = T extends null ? null : number
type Packed<T, K extends keyof T> = { [F in keyof T]: F extends K ? At<T[F]> : T[F] }

export type PackedSpan = Packed<WireSpan, 'input' | 'output' | 'metadata' | 'otlp' | 'otlpContext' | 'price'>
export type PackedTrace = Omit<Packed<WireTrace, 'input' | 'output'>, 'spans'> & { spans: readonly PackedSpan[] }

/** Packs an append; `transfer` are the buffers to hand over. */
export function pack({ traces, deadLetters, facts = [], letterChanges = [], health = [] }: Append): {
  packed: PackedAppend
  transfer: ArrayBuffer[]
} {
  const list: string[] = []
  const add = <T extends string | null>(text: T): At<T> => (text === null ? null : list.push(text) - 1) as At<T>
  const prices = new Map<string, number>()
  const contexts = new Map<string, number>()
  const packed = traces.map((trace) => ({
    ...trace,
    input: add(trace.input),
    output: add(trace.output),
    spans: trace.spans.map((span) => ({
      ...span,
      input: add(span.input),
      output: add(span.output),
      metadata: add(span.metadata),
      otlp: add(span.otlp),
      otlpContext: numbered(contexts, span.otlpContext),
      price: numbered(prices, span.price),
    })),
  }))
  const { bytes, ends } = encodeTexts(list)
  const transfer = [bytes.buffer, ends.buffer]
  for (const trace of traces) for (const attachment of trace.attachments) transfer.push(attachment.bytes.buffer)
  const once = { prices: [...prices.keys()], contexts: [...contexts.keys()] }
  return {
    packed: { traces: packed, deadLetters, facts, letterChanges, health, ...once, texts: { bytes, ends } },
    transfer,
  }
}

function numbered(known: Map<string, number>, text: string | null): number | null {
  if (text === null) return null
  const before = known.get(text)
  if (before !== undefined) return before
  known.set(text, known.size)
  return known.size - 1
}

function encodeTexts(list: readonly string[]): { bytes: Buffer<ArrayBuffer>; ends: Uint32Array<ArrayBuffer> } {
  let size = 0
  for (const text of list) size += Buffer.byteLength(text)
  // Of its own, not of Node's pool: the pool could not be handed over.
  const bytes = Buffer.allocUnsafeSlow(size)
  const ends = new Uint32Array(list.length)
  let at = 0
  for (const [i, text] of list.entries()) {
    at += bytes.write(text, at)
    ends[i] = at
  }
  return { bytes, ends }
}

/** The texts of one append, on the writer's side. */
export class TextReader {
  readonly #bytes: Buffer
  readonly #ends: Uint32Array

  constructor({ bytes, ends }: Texts) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#ends = ends
  }

  /** UTF-8, to be bound as `CAST(? AS TEXT)`. */
  bytes(at: number | null): Buffer | null {
    return at === null ? null : this.#bytes.subarray(at === 0 ? 0 : this.#ends[at - 1], this.#ends[at])
  }

  /** Bytes of UTF-8; 0 when there is no text. */
  size(at: number | null): number {
    return at === null ? 0 : (this.#ends[at] ?? 0) - (at === 0 ? 0 : (this.#ends[at - 1] ?? 0))
  }

  /** How the text begins, in characters; cut between characters, never inside one. */
  beginning(at: number | null, characters: number): string | null {
    const bytes = this.bytes(at)
    if (bytes === null) return null
    const text = bytes.toString('utf8', 0, Math.min(bytes.length, characters * 4))
    return text.length <= characters ? text : text.slice(0, characters).toWellFormed()
  }
}
