import { createHash } from 'node:crypto'

export type Random = () => number

/** Numbers in [0, 1) that are the same for the same seed (mulberry32), so that a failing round can be run again. */
export function seeded(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const between = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1))

const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('')

/** A UUID of version 7 as far as anyone can tell. */
const uuid = (random: Random): string =>
  `${hex(random, 8)}-${hex(random, 4)}-7${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`

const uuidOfHex = (id: string): string =>
  [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-')

/** Text that does not compress well, with characters of one, two, three and four bytes. */
function prose(random: Random, length: number): string {
  const words: string[] = []
  for (let size = 0; size < length; ) {
    const word = random() < 0.1 ? 'déjà 日本 🎉' : random().toString(36).slice(2)
    words.push(word)
    size += word.length + 1
  }
  return words.join(' ')
}

export interface Span {
  /** UUID where it is native, 16 hex digits where it is OTLP. */
  id: string
  name: string
  input: string
  output: string
}

/** What was sent, to be held against what is read. */
export interface Sent {
  /** As the API names it. */
  id: string
  name: string
  spans: readonly Span[]
}

export interface Shape {
  spans?: number
  /** Characters of each input and each output. */
  text?: number
}

const spansOf = (random: Random, { spans = 3, text = 300 }: Shape, newId: () => string): Span[] =>
  Array.from({ length: spans }, (_, i) => ({
    id: newId(),
    name: `step ${i}`,
    input: prose(random, text),
    output: prose(random, text),
  }))

export function someTraces(random: Random, count: number, shape: Shape = {}): Sent[] {
  return Array.from({ length: count }, () => ({
    id: uuid(random),
    name: `run ${between(random, 1, 1e9)}`,
    spans: spansOf(random, shape, () => uuid(random)),
  }))
}

/** The body of `POST /v1/ingest/batch`. */
export const batchOf = (traces: readonly Sent[]) => ({ traces: traces.map(nativeOf) })

/** The body of `POST /v1/ingest`. */
export const nativeOf = ({ id, name, spans }: Sent) => ({
  id,
  name,
  started_at: '2026-03-01T12:00:00.000Z',
  spans: spans.map((span) => ({ ...span, type: 'llm', model: 'gpt-4o-mini', prompt_tokens: 10, completion_tokens: 5 })),
})

export function someOtlpTrace(random: Random, shape: Shape = {}): Sent {
  return {
    id: uuidOfHex(hex(random, 32)),
    name: 'step 0',
    spans: spansOf(random, shape, () => hex(random, 16)),
  }
}

/** The OTLP/JSON body that carries these spans of a trace; the first span of the trace is the parent of the others. */
export function otlpOf({ id, spans: all }: Sent, spans: readonly Span[] = all) {
  const root = all[0]?.id
  const at = 1_772_366_400_000_000_000n
  return {
    resourceSpans: [
      {
        resource: { attributes: [attribute('service.name', 'load')] },
        scopeSpans: [
          {
            scope: { name: 'appliance' },
            spans: spans.map((span) => ({
              traceId: id.replaceAll('-', ''),
              spanId: span.id,
              ...(span.id === root ? {} : { parentSpanId: root }),
              name: span.name,
              kind: 1,
              startTimeUnixNano: String(at),
              endTimeUnixNano: String(at + 5_000_000n),
              attributes: [
                attribute('openinference.span.kind', 'LLM'),
                attribute('input.value', span.input),
                attribute('output.value', span.output),
              ],
            })),
          },
        ],
      },
    ],
  }
}

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })

/** A hash over each span's id, name and payloads: what was sent must come back byte for byte. */
export function spanHashes(spans: readonly Span[]): Map<string, string> {
  const hash = ({ id, name, input, output }: Span) =>
    createHash('sha256')
      .update(JSON.stringify([id, name, input, output]))
      .digest('base64')
  return new Map(spans.map((span) => [span.id, hash(span)]))
}
