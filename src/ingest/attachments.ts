import { createHash } from 'node:crypto'
import { isObject, type JsonObject, type JsonValue } from '../storage/telemetry/record.ts'
import type { Attachment } from '../storage/telemetry/wire.ts'

/**
 * Images, sounds and files that messages carry as base64 are kept beside the payload, once for a tenant, and the message refers to them:
 *
 *   {type: 'image_url', image_url: {url: 'data:image/png;base64,…', detail: 'low'}}
 *   → {type: 'attachment', id: '<sha-256, hex>', media_type: 'image/png', bytes: 68, detail: 'low'}
 *
 * Told apart by what they are, not by the sender: a data URL anywhere, or base64 under a name that senders use for it, beside a media
 * type or beginning as a known format does. Only what would be written as the same base64 again is taken out, so nothing is lost.
 */
export class Attachments {
  readonly found = new Map<string, Attachment>()

  /** The text with its attachments taken out; the text itself if there are none. */
  text<T extends string | null>(text: T): T {
    if (text === null || !hasLongRun(text)) return text
    const value = parse(text)
    if (value === undefined) return text
    const without = this.#visit(value, 0)
    return (without === value ? text : JSON.stringify(without)) as T
  }

  #visit(value: JsonValue, depth: number): JsonValue {
    if (typeof value === 'string') return this.#string(value)
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
    if (Array.isArray(value)) {
      let changed = false
      const items = value.map((item) => {
        const next = this.#visit(item, depth + 1)
        changed ||= next !== item
        return next
      })
      return changed ? items : value
    }
    return this.#object(value, depth)
  }

  /** A data URL, or JSON in JSON. */
  #string(text: string): JsonValue {
    if (text.length < SHORTEST) return text
    const [head, mediaType] = DATA_URL.exec(text.slice(0, 200)) ?? []
    if (head !== undefined) return this.#keep(text.slice(head.length), mediaType || 'application/octet-stream') ?? text
    return text.startsWith('{') || text.startsWith('[') ? this.text(text) : text
  }

  #object(object: JsonObject, depth: number): JsonValue {
    const raw = this.#raw(object)
    if (raw !== null) return raw
    let changed = false
    let holder: string | null = null
    const next: JsonObject = {}
    for (const [name, value] of Object.entries(object)) {
      const inner = this.#visit(value, depth + 1)
      next[name] = inner
      if (inner === value) continue
      changed = true
      if (HOLDERS.has(name) && isReference(inner)) holder = name
    }
    if (!changed) return object
    return holder === null ? next : merged(next, holder)
  }

  /** `{data: '<base64>', media_type: …}` and its like. */
  #raw(object: JsonObject): JsonObject | null {
    for (const name of RAW) {
      const text = object[name]
      if (typeof text !== 'string' || text.length < SHORTEST || (name === 'content' && object.type !== 'blob')) continue
      const reference = this.#keep(text, mediaTypeOf(object, text))
      if (reference === null) continue
      const others = Object.entries(object).filter(([key]) => key !== name && !MEDIA_TYPES.includes(key))
      return merged({ ...Object.fromEntries(others), [name]: reference }, name)
    }
    return null
  }

  #keep(base64: string, mediaType: string | null): JsonObject | null {
    if (mediaType === null || base64.length % 4 !== 0) return null
    // Of its own, not of Node's pool: it changes hands without a copy.
    const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(base64, 'base64'))
    if (bytes.write(base64, 'base64') !== bytes.length || bytes.toString('base64') !== base64) return null
    const id = createHash('sha256').update(bytes).digest('hex')
    if (!this.found.has(id)) this.found.set(id, { id, mediaType, bytes })
    return { type: 'attachment', id, media_type: mediaType, bytes: bytes.length }
  }
}

const MAX_DEPTH = 100
/** Shorter base64 is no picture. */
const SHORTEST = 64
const DATA_URL = /^data:([\w.+-]{1,64}\/[\w.+-]{1,64})?(?:;[\w.+-]+=[\w.+-]*)*;base64,/

/** Names under which senders put base64 itself. */
const RAW = ['data', 'base64', 'b64_json', 'content', 'blob']
/** Names of what holds an image or a file, and nothing else that matters but what describes it. */
const HOLDERS = new Set([
  ...RAW,
  ...['url', 'image_url', 'image', 'source', 'inline_data', 'inlineData', 'input_audio', 'file', 'file_data', 'media'],
])
const MEDIA_TYPES = ['media_type', 'mime_type', 'mimeType', 'mediaType', 'contentType', 'format']
const FORMATS = new Map([
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mpeg'],
  ['opus', 'audio/opus'],
  ['flac', 'audio/flac'],
  ['aac', 'audio/aac'],
  ['png', 'image/png'],
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['pdf', 'application/pdf'],
])
/** How base64 of a known format begins. */
const BEGINNINGS = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGODdh', 'image/gif'],
  ['R0lGODlh', 'image/gif'],
  ['JVBERi0', 'application/pdf'],
  ['SUQz', 'audio/mpeg'],
  ['T2dnUw', 'audio/ogg'],
  ['ZkxhQ', 'audio/flac'],
] as const

function mediaTypeOf(object: JsonObject, base64: string): string | null {
  for (const name of MEDIA_TYPES) {
    const said = object[name]
    if (typeof said !== 'string') continue
    if (/^[\w.+-]{1,64}\/[\w.+-]{1,64}$/.test(said)) return said.toLowerCase()
    const known = FORMATS.get(said.toLowerCase())
    if (known !== undefined) return known
  }
  const known = BEGINNINGS.find(([beginning]) => base64.startsWith(beginning))
  if (known !== undefined) return known[1]
  if (!base64.startsWith('UklGR')) return null
  const kind = Buffer.from(base64.slice(0, 16), 'base64').toString('latin1', 8, 12)
  return kind === 'WAVE' ? 'audio/wav' : kind === 'WEBP' ? 'image/webp' : null
}

const isReference = (value: JsonValue): value is JsonObject => isObject(value) && value.type === 'attachment'

/** The holder becomes the reference, and keeps what else it says, unless that would contradict. */
function merged(object: JsonObject, name: string): JsonObject {
  const { [name]: reference, type: _, ...others } = object
  if (reference === undefined || !isReference(reference)) return object
  const contradicts = Object.keys(others).some((key) => key in reference)
  return contradicts ? object : { ...reference, ...others }
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}

const STRIDE = SHORTEST / 2
const IS_BASE64 = new Uint8Array(128)
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
  IS_BASE64[letter.charCodeAt(0)] = 1

/**
 * Are there 64 characters of base64 in a row? Every text is asked, so only every 32nd character is looked at where the text is prose: a run
 * of 64 covers a whole stride.
 */
function hasLongRun(text: string): boolean {
  for (let start = 0; start + STRIDE <= text.length; start += STRIDE) {
    let at = start + STRIDE - 1
    while (at >= start && IS_BASE64[text.charCodeAt(at)] === 1) at--
    if (at < start) return true
  }
  return false
}
