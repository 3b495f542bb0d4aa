import { batchText, type Size, SLOT, SPANS_PER_TRACE, TRACES_PER_BATCH } from './traces.ts'

const IDS = TRACES_PER_BATCH * (1 + SPANS_PER_TRACE)
const HEX = Array.from({ length: 256 }, (_, i) => Buffer.from(i.toString(16).padStart(2, '0'), 'latin1'))
const PAIRS = Uint16Array.from(HEX, (pair) => pair.readUInt16LE())
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]
const TRACES_PER_SESSION = 5
const USERS = 20_000
export const CUSTOMERS = 5_000

interface Slot {
  at: number
  number: number
}

/** The body of a request with 50 traces, which is made once, and made new traces of before each sending. */
export interface Renewable {
  readonly bytes: Buffer
  /** Makes 50 new traces of it, the first of which began at `startMs`; `sent` counts the traces that were made before. */
  renew(startMs: number, sent: number): void
  /** The id of a trace of the batch as it is now. */
  traceId(number: number): string
}

/**
 * The body of one batch request, made once; before each sending only ids, times and a few numbers in it are overwritten in place,
 * which costs microseconds, so that whoever measures is not what is measured.
 */
export class Body implements Renewable {
  readonly bytes: Buffer
  readonly #slots: Record<string, Slot[]> = { I: [], T: [], E: [], S: [], U: [], C: [] }
  readonly #ids = Buffer.alloc(IDS * 36, '-')
  readonly #seconds = new Map<number, Buffer>()
  #random: number

  constructor(variant: number, size: Size) {
    this.bytes = Buffer.from(batchText(variant, size))
    this.#random = (variant * 2654435761 + process.pid * 97 + Date.now()) >>> 0 || 1
    for (const match of this.bytes.toString('latin1').matchAll(SLOT)) {
      this.#slots[match[1] ?? '']?.push({ at: match.index, number: Number(match[2]) })
    }
  }

  renew(startMs: number, sent: number): void {
    const { bytes } = this
    const { I = [], T = [], E = [], S = [], U = [], C = [] } = this.#slots
    this.#newIds(startMs)
    for (const { at, number } of I) this.#ids.copy(bytes, at, number * 36, number * 36 + 36)
    for (const { at, number } of T) this.#writeTime(at, startMs + number)
    for (const { at, number } of E) this.#writeTime(at, startMs + number + (this.#next() % 1000))
    for (const { at, number } of S) this.#writeNumber(at, Math.floor((sent + number) / TRACES_PER_SESSION))
    for (const { at } of U) this.#writeNumber(at, this.#next() % USERS)
    for (const { at } of C) this.#writeNumber(at, this.#next() % CUSTOMERS)
  }

  traceId(number: number): string {
    return this.#ids.toString('latin1', number * 36, number * 36 + 36)
  }

  /** Traces get UUIDv7 as the SDKs make them, spans UUIDv4. */
  #newIds(ms: number): void {
    const high = Math.floor(ms / 2 ** 16)
    for (let id = 0; id < IDS; id += 1) {
      const start = id * 36
      for (let i = 0; i < 16; i += 4) {
        const word = this.#next()
        for (let k = 0; k < 4; k += 1) this.#writeByte(start, i + k, (word >>> (k * 8)) & 255)
      }
      const ofTrace = id < TRACES_PER_BATCH
      if (ofTrace) {
        for (let i = 0; i < 4; i += 1) this.#writeByte(start, i, (high >>> (24 - i * 8)) & 255)
        this.#writeByte(start, 4, (ms >>> 8) & 255)
        this.#writeByte(start, 5, ms & 255)
      }
      this.#ids[start + 14] = ofTrace ? 0x37 : 0x34
      this.#ids[start + 19] = 0x38
    }
  }

  #writeByte(start: number, place: number, byte: number): void {
    this.#ids.writeUInt16LE(PAIRS[byte] ?? 0, start + (PLACES[place] ?? 0))
  }

  #writeTime(at: number, ms: number): void {
    const second = Math.floor(ms / 1000)
    let text = this.#seconds.get(second)
    if (!text) {
      if (this.#seconds.size > 1000) this.#seconds.clear()
      text = Buffer.from(new Date(second * 1000).toISOString(), 'latin1')
      this.#seconds.set(second, text)
    }
    text.copy(this.bytes, at)
    this.#writeDigits(at + 20, ms - second * 1000, 3)
  }

  #writeNumber(at: number, number: number): void {
    this.#writeDigits(at, number, 8)
  }

  #writeDigits(at: number, number: number, count: number): void {
    let rest = number
    for (let i = count - 1; i >= 0; i -= 1) {
      this.bytes[at + i] = 48 + (rest % 10)
      rest = Math.floor(rest / 10)
    }
  }

  /** Xorshift: quick, and good enough for ids that only must differ. */
  #next(): number {
    let x = this.#random
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#random = x >>> 0
    return this.#random
  }
}
