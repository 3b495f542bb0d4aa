import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** Work factors of scrypt (RFC 7914): 32 MiB and about a quarter of a second on one core. */
export interface PasswordCost {
  log2N: number
  r: number
  p: number
}

const COST: PasswordCost = { log2N: 15, r: 8, p: 3 }
const HASH_BYTES = 32
const FORM = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** A salted hash in PHC form: `$scrypt$ln=15,r=8,p=3$salt$hash`. */
export async function hashPassword(password: string, cost: PasswordCost = COST): Promise<string> {
  const salt = randomBytes(16)
  const hash = await run(password, salt, HASH_BYTES, cost)
  return `$scrypt$ln=${cost.log2N},r=${cost.r},p=${cost.p}$${base64(salt)}$${base64(hash)}`
}

/**
 * Does the password belong to the hash? Null (nobody has this e-mail address, or has no password) takes as long as a wrong
 * password does, so that the time of an answer tells nothing.
 */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const parts = FORM.exec(stored ?? '')
  if (!parts) {
    await run(password, Buffer.alloc(16), HASH_BYTES, COST)
    return false
  }
  const [, log2N, r, p, salt = '', hash = ''] = parts
  const expected = Buffer.from(hash, 'base64')
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) }
  return timingSafeEqual(await run(password, Buffer.from(salt, 'base64'), expected.length, cost), expected)
}

/** Normalised, so that the same password typed on another keyboard is the same bytes. */
function run(password: string, salt: Buffer, bytes: number, { log2N, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** log2N
  return derive(password.normalize('NFKC'), salt, bytes, { N, r, p, maxmem: 256 * N * r })
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
