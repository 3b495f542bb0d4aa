import { createHash, randomBytes } from 'node:crypto'
import type { KeyMaterial } from '../../storage/control/api-keys.ts'

/** An API key as its maker sees it, once: `tl_` and 32 random bytes as base64url. */
export interface NewKey extends KeyMaterial {
  secret: string
}

export const KEY_START = 'tl_'

export function newKey(): NewKey {
  const secret = `${KEY_START}${randomBytes(32).toString('base64url')}`
  return { secret, ...keyMaterial(secret) }
}

/** What is stored of a key. Its 256 random bits need no slow hash. */
export const keyMaterial = (secret: string): KeyMaterial => ({ hash: hashKey(secret), prefix: secret.slice(0, 12) })

export const hashKey = (secret: string): string => createHash('sha256').update(secret).digest('hex')
