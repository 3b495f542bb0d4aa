/**
 * What of a text is found by which words. FTS5's tokenizer `unicode61` parts words at spaces and punctuation, folds case and takes
 * accents off. What it would not do well is rewritten before it sees a text:
 *
 * - Scripts that do not part words (Chinese, Japanese, Thai, Lao, Khmer, Burmese; Korean for its particles) become overlapping pairs of
 *   characters: 東京都 → 東京 京都 都. Any two characters or more are then found, whatever a dictionary takes for a word.
 * - A name in camel case is found whole and by its parts: getUserName → getUserName … get User Name.
 * - JSON text is read as what it means, also where it lies in other JSON text: `\n` parts words, `\u4e2d` is a character.
 * - A run of more than 512 characters of base64 is nobody's word.
 */
export const TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'"

const ACCENTS = /[\u0300-\u036f]/g
const BEYOND_ASCII = /\P{ASCII}/u
const UNSPACED =
  /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\u3005\u3006\u30fc]+/gu
const HUMP = /[a-z0-9][A-Z]/g
const LONGEST_CAMEL = 64
const LONGEST_BLOB = 512
/** Begins the words that the index itself adds to a text (`scopeWord`), and parts what no phrase may reach across; it stands in nobody's text. */
const RESERVED = '\ue000'
export const BETWEEN = `\n${RESERVED}\n`

/** A text as it is given to FTS5: its words, and after them the parts of those in camel case. */
export function indexable(text: string): string {
  const words = withoutBlobs(readable(text))
  const parted = BEYOND_ASCII.test(words)
    ? normal(words).replace(UNSPACED, (run) => ` ${pairs(run).join(' ')} `)
    : words
  const parts = partsOfCamels(words)
  return parts.size === 0 ? parted : [parted, ...parts].join(BETWEEN)
}

function partsOfCamels(text: string): Set<string> {
  const all = new Set<string>()
  HUMP.lastIndex = 0
  while (HUMP.test(text)) {
    const [start, end] = runAround(text, HUMP.lastIndex - 1, isAlphanumeric)
    HUMP.lastIndex = end
    if (end - start > LONGEST_CAMEL) continue
    const parts = camelParts(text.slice(start, end))
    if (parts.length > 1) all.add(parts.join(' '))
  }
  return all
}

/** A run that is too long has a character at each place that can be divided by the length which is too long. */
function withoutBlobs(text: string): string {
  let rest = ''
  let from = 0
  for (let at = LONGEST_BLOB; at < text.length; at += LONGEST_BLOB) {
    if (at < from || !isBase64(text.charCodeAt(at))) continue
    const [start, end] = runAround(text, at, isBase64)
    if (end - start <= LONGEST_BLOB) continue
    rest += `${text.slice(from, start)} `
    from = end
  }
  return from === 0 ? text : rest + text.slice(from)
}

/** From where to where the characters around a place are all of a kind. */
function runAround(text: string, at: number, isOfKind: (code: number) => boolean): [start: number, end: number] {
  let start = at
  let end = at
  while (start > 0 && isOfKind(text.charCodeAt(start - 1))) start -= 1
  while (end < text.length && isOfKind(text.charCodeAt(end))) end += 1
  return [start, end]
}

const isAlphanumeric = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57)
const isBase64 = (code: number): boolean => isAlphanumeric(code) || code === 43 || code === 47

/** The word by which everything of a tenant, or of a project of it, is found. */
export const scopeWord = (of: 'tenant' | 'project', key: number): string =>
  `${RESERVED}${of === 'tenant' ? 't' : 'p'}${key}`

/** One writing for what is the same: full-width and half-width forms and ligatures; letters without their accents. */
export const normal = (text: string): string =>
  text.normalize('NFKD').replace(ACCENTS, '').normalize('NFC').replaceAll(RESERVED, ' ')

/** Two characters by two, and the last one alone, so that each single character too is the beginning of something. */
export function pairs(run: string): string[] {
  const characters = [...run]
  return characters.map((character, i) => character + (characters[i + 1] ?? ''))
}

/** The parts of a word in camel case; one part where it is not. */
export const camelParts = (word: string): string[] =>
  word
    .replace(/([a-z])(?=[A-Z])|([0-9])(?=[A-Z][a-z])/g, '$1$2 ')
    .replace(/([A-Z])(?=[A-Z][a-z])/g, '$1 ')
    .split(' ')

/** A piece of a text: a word, or a run of a script that does not part words. Punctuation and spaces are no pieces. */
export interface Piece {
  text: string
  unspaced: boolean
}

const PIECE = new RegExp(
  `(${UNSPACED.source})|(?:(?!${UNSPACED.source.slice(0, -1)})[\\p{L}\\p{M}\\p{N}\\p{Co}])+`,
  'gu',
)

/** The pieces of a text as the tokenizer will part it. */
export const piecesOf = (text: string): Piece[] =>
  [...normal(text).matchAll(PIECE)].map(([piece, run]) => ({ text: piece, unspaced: run !== undefined }))

const STRING = /"([^"\\]*(?:\\[\s\S][^"\\]*)*)("|$)/g
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g
const MEANT: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: ' ', f: ' ' }

/** JSON text with the escapes of its strings resolved, and those of JSON text in them; any other text as it is. */
export const readable = (text: string): string => (text.includes('\\') ? resolved(text).toWellFormed() : text)

function resolved(text: string): string {
  if (!/^\s*["[{]/.test(text)) return text
  return text.replace(STRING, (whole, inner: string, end: string) =>
    inner.includes('\\') ? `"${resolved(unescaped(inner))}${end}` : whole,
  )
}

const unescaped = (text: string): string =>
  text.replace(ESCAPE, (_, hex: string | undefined, one: string) =>
    hex === undefined ? (MEANT[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
