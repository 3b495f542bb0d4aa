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
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}々〆ー]+/gu
const CAMEL = /(?<![A-Za-z0-9])[A-Za-z0-9]*?(?:[a-z][A-Z]|[0-9][A-Z][a-z])[A-Za-z0-9]*/g
const LONGEST_CAMEL = 64
const BLOB = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{513,}=*/g
/** Begins the words that the index itself adds to a text (`scopeWord`), and parts what no phrase may reach across; it stands in nobody's text. */
const RESERVED = '\ue000'
export const BETWEEN = `\n${RESERVED}\n`

/** A text as it is given to FTS5: its words, and after them the parts of those in camel case. */
export function indexable(text: string): string {
  const words = readable(text).replace(BLOB, ' ')
  const parts = new Set<string>()
  for (const [word] of words.matchAll(CAMEL)) if (word.length <= LONGEST_CAMEL) parts.add(camelParts(word).join(' '))
  const parted = BEYOND_ASCII.test(words)
    ? normal(words).replace(UNSPACED, (run) => ` ${pairs(run).join(' ')} `)
    : words
  return parts.size === 0 ? parted : [parted, ...parts].join(BETWEEN)
}

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
