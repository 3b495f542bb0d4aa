import type { Renewable } from './bodies.ts'
import { attributes, encodeSpans, type Long, type ProtoSpan } from './otlp.ts'
import { prose, randomFrom } from './text.ts'
import { MODELS, type Size, SPANS_PER_TRACE, STEPS, TRACES_PER_BATCH } from './traces.ts'

/**
 * The same 50 traces of 5 spans as OTLP in protobuf, in the words of the GenAI conventions. Before each sending ids and times are overwritten
 * in place. They are found by what cannot stand in a text: a mark of three bytes, what it is, and a number.
 */
const MARK = Buffer.from([0xfe, 0xff, 0xfe])
const TRACE = 1
const SPAN = 2
const TIME = 3
const TRACE_BYTES = 16
const SPAN_BYTES = 8
const NS_PER_MS = 1_000_000n

interface Slot {
  at: number
  kind: number
  number: number
}

export class OtlpBody implements Renewable {
  readonly bytes: Buffer
  readonly #slots: Slot[] = []
  readonly #traces = Buffer.alloc(TRACES_PER_BATCH * TRACE_BYTES)
  readonly #random: () => number

  constructor(variant: number, size: Size) {
    this.bytes = encodeSpans('bench', spansOf(variant, size))
    this.#random = randomFrom(variant * 7919 + process.pid * 97 + Date.now())
    for (let at = this.bytes.indexOf(MARK); at >= 0; at = this.bytes.indexOf(MARK, at + 1)) {
      this.#slots.push({ at, kind: this.bytes[at + 3] ?? 0, number: this.bytes.readUInt32LE(at + 4) })
    }
  }

  renew(startMs: number): void {
    const { bytes } = this
    for (let at = 0; at < this.#traces.length; at += 4) this.#traces.writeUInt32LE(this.#word(), at)
    const spans = this.#word()
    for (const { at, kind, number } of this.#slots) {
      if (kind === TRACE) this.#traces.copy(bytes, at, number * TRACE_BYTES, (number + 1) * TRACE_BYTES)
      else if (kind === SPAN) bytes.writeUInt32LE(number + 1, bytes.writeUInt32LE(spans, at))
      else bytes.writeBigUInt64LE(BigInt(startMs + number) * NS_PER_MS, at)
    }
  }

  traceId(number: number): string {
    const hex = this.#traces.toString('hex', number * TRACE_BYTES, (number + 1) * TRACE_BYTES)
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  }

  #word(): number {
    return Math.floor(this.#random() * 2 ** 32)
  }
}

function slot(kind: number, number: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  MARK.copy(bytes)
  bytes[3] = kind
  bytes.writeUInt32LE(number, 4)
  return bytes
}

function timeSlot(offsetMs: number): Long {
  const bytes = slot(TIME, offsetMs, 8)
  return { low: bytes.readUInt32LE(0), high: bytes.readUInt32LE(4) }
}

function spansOf(variant: number, size: Size): ProtoSpan[] {
  const random = randomFrom(variant + 1)
  return Array.from({ length: TRACES_PER_BATCH }, (_, trace) => traceSpans(random, trace, size)).flat()
}

function traceSpans(random: () => number, trace: number, size: Size): ProtoSpan[] {
  const failed = random() < 0.05
  const model = MODELS[Math.floor(random() * MODELS.length)] ?? MODELS[0]
  const lasts = Math.min(60_000, Math.round(Math.exp(6.5 + 2 * random())))
  const weight = size === 'full' ? 1 : 0.12
  const first = trace * SPANS_PER_TRACE
  return STEPS.map(({ name, type }, i) => {
    const llm = type === 'llm'
    const [begins, ends] = [i, i + 1].map((step) => trace * 20 + Math.floor((lasts * step) / SPANS_PER_TRACE))
    return {
      traceId: slot(TRACE, trace, TRACE_BYTES),
      spanId: slot(SPAN, first + i, SPAN_BYTES),
      ...(i === 0 ? {} : { parentSpanId: slot(SPAN, first, SPAN_BYTES) }),
      ...{ name, kind: 1, startTimeUnixNano: timeSlot(begins ?? 0), endTimeUnixNano: timeSlot(ends ?? 0) },
      attributes: attributes({
        'gen_ai.operation.name': llm ? 'chat' : undefined,
        'gen_ai.provider.name': llm ? 'openai' : undefined,
        'gen_ai.request.model': llm ? model : undefined,
        'gen_ai.request.temperature': llm ? 0.2 : undefined,
        'gen_ai.usage.input_tokens': llm ? 200 + Math.floor(random() * 4000) : undefined,
        'gen_ai.usage.output_tokens': llm ? 20 + Math.floor(random() * 800) : undefined,
        'openinference.span.kind': llm ? undefined : type === 'tool' ? 'TOOL' : 'CHAIN',
        'session.id': i === 0 ? `sess_${Math.floor(random() * 10_000)}` : undefined,
        'user.id': i === 0 ? `user_${Math.floor(random() * 20_000)}` : undefined,
        'input.value': prose(random, (llm ? 900 : 420) * weight),
        'output.value': prose(random, (llm ? 700 : 480) * weight),
      }),
      ...(failed && i === SPANS_PER_TRACE - 1 ? { status: { code: 2, message: 'upstream failed' } } : {}),
    }
  })
}
