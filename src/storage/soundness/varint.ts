/** A number as SQLite writes most of them, in 1 to 9 bytes. */
export interface Varint {
  value: number
  /** Bytes that it takes. */
  size: number
}

/** Reads one at `at` into `into`. Beyond 2^53 it is as near as a number comes. */
export function readVarint(bytes: Buffer, at: number, into: Varint): number {
  let value = 0
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i] ?? 0
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) {
      into.size = i + 1
      into.value = value
      return value
    }
  }
  into.size = 9
  into.value = Number(BigInt.asIntN(64, (BigInt(value) << 8n) | BigInt(bytes[at + 8] ?? 0)))
  return into.value
}
