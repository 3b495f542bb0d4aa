import { isUtf8 } from 'node:buffer'

/**
 * Text that is carried as base64 or in a data URL is looked into as well: files that messages attach, bytes of OTLP, whatever the
 * sender put there. It is found by what it decodes to, not by what stands around it. Pictures, sounds, PDF and what is compressed
 * are not text, and are left as they are.
 */

/** Shorter base64 is a word. Senders may break it into lines, in JSON written out as `\n`. */
const RUN = /[A-Za-z0-9+/]{24,}(?:(?:\\[rn]|[\r\n])+[A-Za-z0-9+/]{4,})*={0,2}/g
const BREAKS = /(?:\\[rn]|[\r\n])+/
const EVERY_BREAK = new RegExp(BREAKS, 'g')
const PERCENT = /\bdata:[\w.+-]{0,64}\/?[\w.+-]{0,64}(?:;[\w.+-]{1,40}=[\w.+-]{1,40})*,[\w.~!*'()%+&=:@/?$-]{4,}/g

/** The text with what is encoded in it masked; `mask` gives its argument back where there is nothing to mask. */
export function maskEncoded(text: string, mask: (decoded: string) => string): string {
  const masked = text.length < SHORTEST ? text : text.replace(RUN, (run) => maskRun(run, mask))
  return masked.includes('data:') ? masked.replace(PERCENT, (url) => maskPercent(url, mask)) : masked
}

const SHORTEST = 24

function maskRun(run: string, mask: (decoded: string) => string): string {
  const lines = run.split(BREAKS)
  if (lines.length === 1) return maskBase64(run, mask)
  const whole = lines.join('')
  if (textIn(whole) !== null) {
    const masked = maskBase64(whole, mask)
    return masked === whole ? run : masked
  }
  // It was no base64 in lines, but perhaps some with other lines after it.
  return run.replace(LINE, (line) => maskBase64(line, mask))
}

const LINE = /(?<![A-Za-z0-9+/\\])[A-Za-z0-9+/]{24,}={0,2}/g

/** Base64 with what it says masked, whatever its length; as it is where it says nothing in words. */
export function maskBase64(base64: string, mask: (decoded: string) => string): string {
  const decoded = textIn(base64)
  if (decoded === null) return base64
  const masked = mask(decoded)
  return masked === decoded ? base64 : Buffer.from(masked).toString('base64')
}

const SNIFFED = 64

/** The text that base64 stands for; null if it stands for something else. */
function textIn(base64: string): string | null {
  if (base64.length > SNIFFED && !isPrintable(Buffer.from(base64.slice(0, SNIFFED), 'base64'))) return null
  const bytes = Buffer.from(base64, 'base64')
  return bytes.length > 0 && isPrintable(bytes) && isUtf8(bytes) ? bytes.toString('utf8') : null
}

function isPrintable(bytes: Uint8Array): boolean {
  for (const byte of bytes) if ((byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 127) return false
  return true
}

function maskPercent(url: string, mask: (decoded: string) => string): string {
  const comma = url.indexOf(',')
  try {
    const decoded = decodeURIComponent(url.slice(comma + 1))
    const masked = mask(decoded)
    return masked === decoded ? url : url.slice(0, comma + 1) + encodeURIComponent(masked)
  } catch {
    return url
  }
}

/** A piece of a text: as it stands there, and what it says where it is a long run of base64 of text; null for one of anything else. */
export interface Piece {
  text: string
  decoded?: string | null
}

/** How base64 of pictures, sounds and PDF begins: so long a run of it is nothing else, and no rule could mean a part of it. */
const MEDIA = ['iVBORw0KGgo', '/9j/', 'R0lGOD', 'UklGR', 'JVBERi0', 'SUQz', 'T2dnUw', 'ZkxhQ']
/** By itself, not a part of a token. */
const LONG_RUN =
  /(?<![\w.+/-]|Bearer\s{1,4})[A-Za-z0-9+/]{1000,}(?:(?:\\[rn]|[\r\n])+[A-Za-z0-9+/]{4,})*={0,2}(?![\w.-])/g

/** The long runs of base64 in a text that are files, and what is between them, in order. */
export function* piecesOf(text: string): Generator<Piece> {
  let done = 0
  for (const { 0: run, index } of text.length < 1000 ? [] : text.matchAll(LONG_RUN)) {
    const whole = run.replace(EVERY_BREAK, '')
    const isMedia = MEDIA.some((beginning) => run.startsWith(beginning))
    const decoded = isMedia ? null : textIn(whole)
    if (decoded === null && !isMedia) continue
    if (index > done) yield { text: text.slice(done, index) }
    yield { text: run, decoded }
    done = index + run.length
  }
  if (done < text.length || done === 0) yield { text: done === 0 ? text : text.slice(done) }
}

/** A piece with what it says masked. */
export const encodedAgain = ({ text, decoded }: Piece, masked: string): string =>
  masked === decoded ? text : Buffer.from(masked).toString('base64')
