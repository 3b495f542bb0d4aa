import type { Database } from 'better-sqlite3'
import { BETWEEN, indexable } from './words.ts'

/** The texts of a trace as the index takes them, read from `telemetry.db`. */
export interface Columns {
  name: string
  input: string
  output: string
  error: string
}

/** A piece of a large trace: the spans with the keys from `firstSpan` to `lastSpan`; 0 stands for the trace itself. */
export interface Part {
  firstSpan: number
  lastSpan: number
  columns: Columns
}

interface Said {
  name: string | null
  error: string | null
  input: string | null
  output: string | null
}

/** What a trace's own row says. */
export interface TraceHead {
  key: number
  name: string | null
  error: string | null
  /** Words by which all of its tenant, and of its project, is found. */
  scope: string
}

interface SpanTexts extends Said {
  key: number
  name: string
}

/** Above this a trace is indexed in parts as it grows; below, whole and anew whenever it changes. Bytes. */
export const LARGE = 1024 * 1024
const PART = 256 * 1024

const bytes = (table: string): string =>
  `ifnull(octet_length(${table}.input), 0) + ifnull(octet_length(${table}.output), 0)`

export class TextSource {
  readonly #own
  readonly #size
  readonly #spans
  readonly #later
  readonly #span

  constructor(telemetry: Database) {
    this.#own = telemetry.prepare<[number], { input: string | null; output: string | null }>(
      'SELECT input, output FROM trace_payloads WHERE key = ?',
    )
    this.#size = telemetry
      .prepare<[{ trace: number }], number>(
        `SELECT ifnull((SELECT ${bytes('p')} FROM trace_payloads p WHERE p.key = @trace), 0) + ifnull(sum(${bytes('y')}), 0)
         FROM spans s CROSS JOIN span_payloads y ON y.key = s.key WHERE s.trace = @trace`,
      )
      .pluck()
    const texts =
      'SELECT s.key, s.name, s.error, y.input, y.output FROM spans s CROSS JOIN span_payloads y ON y.key = s.key'
    this.#spans = telemetry.prepare<[number], SpanTexts>(`${texts} WHERE s.trace = ? ORDER BY s.key`)
    this.#later = telemetry
      .prepare<[number, number], number>('SELECT key FROM spans WHERE trace = ? AND key > ? ORDER BY key')
      .pluck()
    this.#span = telemetry.prepare<[number], SpanTexts>(`${texts} WHERE s.key = ?`)
  }

  /** Is the trace too large for one row? */
  isLarge(trace: number): boolean {
    return (this.#size.get({ trace }) ?? 0) > LARGE
  }

  /** All of a trace that is not large. */
  whole(trace: TraceHead): Columns {
    const collected = new Collected(trace.scope)
    collected.add({ ...trace, ...(this.#own.get(trace.key) ?? { input: null, output: null }) })
    for (const span of this.#spans.iterate(trace.key)) collected.add(span)
    return collected.columns()
  }

  /** The parts of a large trace after the span with the key `after`; from its beginning (0) with what it says itself. One at a time is in memory. */
  *parts(trace: TraceHead, after: number): Generator<Part> {
    let collected = new Collected(trace.scope)
    let firstSpan = 0
    let lastSpan = after
    if (after === 0) {
      const own = { ...trace, ...(this.#own.get(trace.key) ?? { input: null, output: null }) }
      for (const piece of cut(own)) {
        collected.add(piece)
        if (collected.size < PART) continue
        yield { firstSpan: 0, lastSpan: 0, columns: collected.columns() }
        collected = new Collected(trace.scope)
      }
    }
    for (const key of this.#later.all(trace.key, after)) {
      const span = this.#span.get(key)
      if (!span) continue
      if (collected.empty) firstSpan = key
      lastSpan = key
      for (const piece of cut(span)) {
        collected.add(piece)
        if (collected.size < PART) continue
        yield { firstSpan, lastSpan, columns: collected.columns() }
        collected = new Collected(trace.scope)
        firstSpan = key
      }
    }
    if (!collected.empty) yield { firstSpan, lastSpan, columns: collected.columns() }
  }
}

/** Texts of several spans, by column. One that says again what another said (a trace its root span's input) is taken once. */
class Collected {
  readonly #said = {
    name: new Set<string>(),
    input: new Set<string>(),
    output: new Set<string>(),
    error: new Set<string>(),
  }
  readonly #scope: string
  size = 0

  constructor(scope: string) {
    this.#scope = scope
  }

  get empty(): boolean {
    return this.size === 0
  }

  add(said: Said): void {
    for (const field of ['name', 'input', 'output', 'error'] as const) {
      const text = said[field]
      if (text === null || text === '') continue
      this.#said[field].add(text)
      this.size += text.length
    }
  }

  columns(): Columns {
    const { name, input, output, error } = this.#said
    return {
      name: [this.#scope, ...rewritten(name)].join(BETWEEN),
      input: rewritten(input).join(BETWEEN),
      output: rewritten(output).join(BETWEEN),
      error: rewritten(error).join(BETWEEN),
    }
  }
}

const rewritten = (texts: ReadonlySet<string>): string[] => [...texts].map(indexable)

/** Very long texts in pieces of at most `LARGE`, cut at a space where there is one near. */
function* cut({ name, error, input, output }: Said): Generator<Said> {
  yield { name, error, input: null, output: null }
  for (const piece of cutText(input)) yield { name: null, error: null, input: piece, output: null }
  for (const piece of cutText(output)) yield { name: null, error: null, input: null, output: piece }
}

const NEAR = 1_000

function* cutText(text: string | null): Generator<string> {
  for (let at = 0; text !== null && at < text.length; ) {
    const end = endOfPiece(text, at + LARGE)
    yield text.slice(at, end)
    at = end
  }
}

function endOfPiece(text: string, wanted: number): number {
  if (wanted >= text.length) return text.length
  const space = text.lastIndexOf(' ', wanted)
  return space > wanted - NEAR ? space : wanted
}
