/**
 * Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md), in which Parquet
 * writes what it says of itself: read into a tree, and written out of one. What is not looked at comes out as it went in.
 */
export type Value = bigint | number | boolean | Uint8Array | Value[] | Struct | Encoded

/** Fields by their ids, in the order of these. */
export interface Struct {
  fields: Map<number, Field>
}

export interface Field {
  type: number
  value: Value
  /** Of the elements of a list. */
  of?: number
}

/** A value that is bytes already. */
export interface Encoded {
  encoded: readonly Uint8Array[]
}

export const TYPE = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  struct: 12,
} as const

const BOOLEAN: ReadonlySet<number> = new Set([TYPE.true, TYPE.false])

export function readStruct(bytes: Uint8Array): Struct {
  return new Reader(bytes).struct()
}

export function writeStruct(struct: Struct): Uint8Array {
  const writer = new Writer()
  writer.struct(struct)
  return writer.bytes()
}

/** The header of a list, which its elements follow. */
export function listHeader(size: number, of: number): Uint8Array {
  const writer = new Writer()
  writer.listHeader(size, of)
  return writer.bytes()
}

class Reader {
  #at = 0

  constructor(readonly bytes: Uint8Array) {}

  struct(): Struct {
    const fields = new Map<number, Field>()
    for (let id = 0, header = this.#byte(); header !== 0; header = this.#byte()) {
      const delta = header >> 4
      id = delta === 0 ? Number(this.#zigzag()) : id + delta
      const type = header & 0x0f
      fields.set(id, type === TYPE.list ? { type, ...this.#list() } : { type, value: this.#value(type) })
    }
    return { fields }
  }

  #list(): { of: number; value: Value[] } {
    const header = this.#byte()
    const of = header & 0x0f
    const size = header >> 4 === 15 ? Number(this.#varint()) : header >> 4
    // A boolean is in the header of its field, but a byte in a list.
    const value = Array.from({ length: size }, () => (BOOLEAN.has(of) ? this.#byte() === 1 : this.#value(of)))
    return { of, value }
  }

  #value(type: number): Value {
    switch (type) {
      case TYPE.true:
      case TYPE.false:
        return type === TYPE.true
      case TYPE.byte:
        return this.#byte()
      case TYPE.i16:
      case TYPE.i32:
      case TYPE.i64:
        return this.#zigzag()
      case TYPE.double:
        return this.#take(8)
      case TYPE.binary:
        return this.#take(Number(this.#varint()))
      case TYPE.struct:
        return this.struct()
      default:
        throw new Error(`a footer with a value of type ${type}, which Parquet has none of`)
    }
  }

  #byte(): number {
    const byte = this.bytes[this.#at++]
    if (byte === undefined) throw new Error('a footer that ends too early')
    return byte
  }

  #take(length: number): Uint8Array {
    this.#at += length
    return this.bytes.subarray(this.#at - length, this.#at)
  }

  #varint(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }

  #zigzag(): bigint {
    const value = this.#varint()
    return (value >> 1n) ^ -(value & 1n)
  }
}

class Writer {
  readonly #parts: Uint8Array[] = []
  #small: number[] = []

  bytes(): Uint8Array {
    this.#flush()
    return Buffer.concat(this.#parts)
  }

  struct({ fields }: Struct): void {
    let last = 0
    for (const [id, field] of [...fields].sort(([a], [b]) => a - b)) {
      const { value, of = 0 } = field
      const type = typeof value === 'boolean' ? (value ? TYPE.true : TYPE.false) : field.type
      const delta = id - last
      this.#small.push(delta > 0 && delta < 16 ? (delta << 4) | type : type)
      if (delta <= 0 || delta >= 16) this.#zigzag(BigInt(id))
      last = id
      this.#value(type, value, of)
    }
    this.#small.push(0)
  }

  listHeader(size: number, of: number): void {
    this.#small.push(size < 15 ? (size << 4) | of : 0xf0 | of)
    if (size >= 15) this.#varint(BigInt(size))
  }

  #value(type: number, value: Value, of: number): void {
    if (typeof value === 'bigint') this.#zigzag(value)
    else if (typeof value === 'number') this.#small.push(value)
    else if (typeof value === 'boolean') return
    else if (value instanceof Uint8Array) {
      if (type === TYPE.binary) this.#varint(BigInt(value.byteLength))
      this.#put(value)
    } else if (Array.isArray(value)) this.#list(value, of)
    else if ('fields' in value) this.struct(value)
    else for (const bytes of value.encoded) this.#put(bytes)
  }

  #list(values: readonly Value[], of: number): void {
    this.listHeader(values.length, of)
    for (const value of values) {
      if (typeof value === 'boolean') this.#small.push(value ? 1 : 2)
      else this.#value(of, value, 0)
    }
  }

  #put(bytes: Uint8Array): void {
    this.#flush()
    this.#parts.push(bytes)
  }

  #flush(): void {
    if (this.#small.length > 0) this.#parts.push(Uint8Array.from(this.#small))
    this.#small = []
  }

  #zigzag(value: bigint): void {
    this.#varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))
  }

  #varint(value: bigint): void {
    let rest = value
    for (; rest >= 0x80n; rest >>= 7n) this.#small.push(Number(rest & 0x7fn) | 0x80)
    this.#small.push(Number(rest))
  }
}
