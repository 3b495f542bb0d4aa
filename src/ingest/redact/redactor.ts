import { setImmediate } from 'node:timers/promises'
import type {
  DeadLetter,
  EventRecord,
  JsonObject,
  JsonValue,
  OtlpSource,
  SaidRecord,
  SpanRecord,
  TraceRecord,
} from '../../storage/telemetry/record.ts'
import { encodedAgain, maskBase64, maskEncoded, piecesOf } from './encoded.ts'
import type { Rule } from './rules.ts'

/** Is told of each match. */
export type Found = (rule: string, match: string) => void

/** How often each rule matched, by its name. */
export type Matches = Map<string, number>

/** Longer texts are masked slice by slice, with a turn for others in between. */
const SLICE = 32 * 1024
const MOST_MS = 10
/** So far around a cut it is looked for what would be cut in two. */
const FURTHEST = 2 * 1024

/**
 * Masks what rules find, before anything is stored: in every text of a trace, in what is kept of OTLP, and in dead letters. Ids, times,
 * names of attributes, and the session and user that the client named stay, for traces are found by them.
 */
export class Redactor {
  readonly #rules: readonly Rule[]
  #since = performance.now()

  constructor(rules: readonly Rule[]) {
    this.#rules = rules
  }

  /** The text with its matches masked, those in what is encoded in it too; `found` is told of each. */
  text(text: string, found: Found): string {
    let masked = ''
    for (const piece of piecesOf(text)) {
      const { decoded } = piece
      if (decoded === undefined) masked += this.#plain(this.#encoded(piece.text, found), found)
      else masked += decoded === null ? piece.text : encodedAgain(piece, this.text(decoded, found))
    }
    return masked
  }

  /** Base64 of text with its matches masked, however short; anything else as it is. */
  base64(base64: string, found: Found): string {
    return maskBase64(base64, (decoded) => this.text(decoded, found))
  }

  #encoded(text: string, found: Found): string {
    return maskEncoded(text, (decoded) => this.text(decoded, found))
  }

  #plain(text: string, found: Found): string {
    let masked = text
    for (const { name, replace } of this.#rules)
      masked = replace(masked, (match) => {
        found(name, match)
        return `[redacted:${name}]`
      })
    return masked
  }

  async record(record: TraceRecord, matches: Matches): Promise<TraceRecord> {
    const own = new Texts(this, matches)
    const [input, output] = [await this.#long(record.input, own), await this.#long(record.output, own)]
    const spans: SpanRecord[] = []
    for (const span of record.spans) {
      spans.push(await this.#span(span, own))
      await this.#breathe()
    }
    const said: SaidRecord[] = []
    for (const one of record.said) said.push({ ...one, messages: (await this.#long(one.messages, own)) ?? '' })
    return {
      ...record,
      ...{ input, output, spans, said },
      name: own.maybe(record.name),
      error: own.maybe(record.error),
      tags: record.tags.map((tag) => own.text(tag)),
      tagMap: own.json(record.tagMap) as Record<string, string>,
      metadata: own.json(record.metadata) as JsonObject,
      events: record.events.map((event) => redactEvent(event, own)),
    }
  }

  /** Masks what the letter keeps, but for the ids by which a replay finds its trace. */
  async letter(letter: DeadLetter, matches: Matches): Promise<DeadLetter> {
    const own = new Texts(this, matches)
    await this.#breathe()
    const value = JSON.parse(letter.payload) as JsonValue
    const payload = letter.source === 'otlp' ? own.otlp(value) : own.json(value, IDS)
    return { ...letter, message: own.text(letter.message), payload: JSON.stringify(payload) }
  }

  async #span(span: SpanRecord, own: Texts): Promise<SpanRecord> {
    return {
      ...span,
      name: own.text(span.name),
      error: own.maybe(span.error),
      input: await this.#long(span.input, own),
      output: await this.#long(span.output, own),
      metadata: own.json(span.metadata) as JsonObject,
      otlp: span.otlp && redactOtlp(span.otlp, own),
    }
  }

  async #long(text: string | null, own: Texts): Promise<string | null> {
    if (text === null || text.length <= SLICE) return own.maybe(text)
    let out = ''
    for (const piece of piecesOf(text)) {
      const { decoded } = piece
      if (decoded === null) out += piece.text
      else if (decoded !== undefined) out += encodedAgain(piece, (await this.#long(decoded, own)) ?? '')
      // What is encoded must not be cut.
      else
        for (const slice of this.#slices(this.#encoded(piece.text, own.found))) {
          out += this.#plain(slice, own.found)
          await this.#breathe()
        }
    }
    return out
  }

  /** Slices of a text, cut so that nothing that a rule looks for is cut in two, unless it is very long or has many lines. */
  *#slices(text: string): Generator<string> {
    for (let at = 0; at < text.length; ) {
      const end = at + SLICE
      const cut = end >= text.length ? text.length : this.#cutBefore(text, at, end)
      yield text.slice(at, cut)
      at = cut
    }
  }

  /** Where a line ends, else between two words, else (JSON without spaces, Chinese) where the two halves say what the whole does. */
  #cutBefore(text: string, from: number, end: number): number {
    const line = text.lastIndexOf('\n', end)
    if (line > from) return line + 1
    for (let at = end; at > end - 1_000; at -= 1) if (text[at] === ' ' && !/\d/.test(text[at - 1] ?? '')) return at
    for (let at = end; at > end - FURTHEST; at -= FURTHEST / 8) if (this.#parts(text, at)) return at
    return end
  }

  #parts(text: string, at: number): boolean {
    const [before, after] = [text.slice(at - FURTHEST, at), text.slice(at, at + FURTHEST)]
    const plain = (some: string) => this.#plain(some, () => undefined)
    return plain(before + after) === plain(before) + plain(after)
  }

  async #breathe(): Promise<void> {
    if (performance.now() - this.#since < MOST_MS) return
    await setImmediate()
    this.#since = performance.now()
  }
}

/** Masks texts wherever they stand, and counts. */
class Texts {
  readonly #redactor: Redactor
  readonly found: Found
  /** Spans of a request share these objects, and it is worth that they go on to. */
  readonly #shared = new Map<JsonObject, JsonObject>()

  constructor(redactor: Redactor, matches: Matches) {
    this.#redactor = redactor
    this.found = (rule) => matches.set(rule, (matches.get(rule) ?? 0) + 1)
  }

  text(text: string): string {
    return this.#redactor.text(text, this.found)
  }

  maybe(text: string | null): string | null {
    return text === null ? null : this.text(text)
  }

  /** Names of fields stay, and the fields `kept`. A number that a rule finds becomes its mask. */
  json(value: JsonValue, kept: ReadonlySet<string> = NONE): JsonValue {
    if (typeof value === 'string') return this.text(value)
    if (typeof value === 'number') return this.#number(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((item) => this.json(item, kept))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, kept.has(key) ? item : this.json(item, kept)]),
    )
  }

  /** OTLP/JSON: only what its fields say in words, so that ids, times and numbers stay what they are. */
  otlp(value: JsonValue): JsonValue {
    if (Array.isArray(value)) return value.map((item) => this.otlp(item))
    if (typeof value !== 'object' || value === null) return value
    const out: JsonObject = {}
    for (const [key, item] of Object.entries(value)) {
      if (typeof item !== 'string') out[key] = this.otlp(item)
      else if (key === 'intValue') Object.assign(out, this.#integer(item))
      else if (key === 'bytesValue') out[key] = this.#redactor.base64(item, this.found)
      else out[key] = WORDS.has(key) ? this.text(item) : item
    }
    return out
  }

  shared(value: JsonObject): JsonObject {
    const known = this.#shared.get(value) ?? (this.otlp(value) as JsonObject)
    this.#shared.set(value, known)
    return known
  }

  #number(value: number): JsonValue {
    if (Math.abs(value) < 1e8) return value
    const text = String(value)
    const masked = this.text(text)
    return masked === text ? value : masked
  }

  #integer(text: string): JsonObject {
    const masked = text.length < 9 ? text : this.text(text)
    return masked === text ? { intValue: text } : { stringValue: masked }
  }
}

const NONE: ReadonlySet<string> = new Set()
/** In dead letters: a replay finds its trace, its project and its session by them. */
const IDS: ReadonlySet<string> = new Set([
  'id',
  'trace_id',
  'parent_span_id',
  'span_id',
  'project_id',
  'session_id',
  'user_id',
  'external_id',
])
const WORDS = new Set(['stringValue', 'message', 'name'])

const redactEvent = (event: EventRecord, own: Texts): EventRecord => ({
  ...event,
  message: own.text(event.message),
  metadata: own.json(event.metadata) as JsonObject,
  otlp: event.otlp && (own.otlp(event.otlp) as JsonObject),
})

const redactOtlp = ({ span, scope, resource }: OtlpSource, own: Texts): OtlpSource => ({
  span: own.otlp(span) as JsonObject,
  scope: scope && own.shared(scope),
  resource: resource && own.shared(resource),
})
