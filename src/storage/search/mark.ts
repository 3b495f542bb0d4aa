import type { Field, Phrase, Term, TextQuery } from './query.ts'
import { readable } from './words.ts'

/** What of a text to show for a match: what stands around it, with the words that were found told apart. */
export interface Excerpt {
  parts: readonly ExcerptPart[]
  /** How many of the query's clauses stand in it. */
  clauses: number
}

export interface ExcerptPart {
  text: string
  hit: boolean
}

const BEFORE = 60
const AFTER = 140
const MOST_HITS = 40

/** Marks what a query looks for in texts of one field. */
export class Marker {
  readonly #strict: RegExp | null
  readonly #loose: RegExp | null
  readonly #clauses: readonly (RegExp | null)[]

  constructor({ clauses }: TextQuery, field: Field) {
    const ofField = (terms: readonly Term[]) =>
      terms.filter((term) => term.field === null || term.field === field).flatMap(({ phrases }) => phrases)
    const all = clauses.flatMap(ofField)
    this.#strict = patternOf(all, true)
    this.#loose = patternOf(all, false)
    this.#clauses = clauses.map((terms) => patternOf(ofField(terms), false))
  }

  /** Null: nothing of it is found there. A word that only stands inside of another counts where no other does. */
  excerpt(stored: string): Excerpt | null {
    if (!this.#strict || !this.#loose) return null
    const text = readable(stored)
    const folded = fold(text)
    const pattern = this.#strict.test(folded) ? this.#strict : this.#loose
    this.#strict.lastIndex = 0
    const first = folded.search(pattern)
    if (first < 0) return null
    const start = first <= BEFORE ? 0 : wordStart(text, first - BEFORE)
    const end = wordEnd(text, Math.min(text.length, first + AFTER))
    const window = folded.slice(start, end)
    return {
      parts: partsOf(text.slice(start, end), window, pattern, { start: start > 0, end: end < text.length }),
      clauses: this.#clauses.filter((one) => one !== null && window.search(one) >= 0).length,
    }
  }
}

function partsOf(text: string, folded: string, pattern: RegExp, cut: { start: boolean; end: boolean }): ExcerptPart[] {
  const parts: ExcerptPart[] = []
  const add = (from: number, to: number, hit: boolean) => {
    const piece = text.slice(from, to).replace(/\s+/g, ' ')
    if (piece !== '') parts.push({ text: piece, hit })
  }
  let at = 0
  let hits = 0
  for (const { index, 0: found } of folded.matchAll(pattern)) {
    if (++hits > MOST_HITS) break
    add(at, index, false)
    add(index, index + found.length, true)
    at = index + found.length
  }
  add(at, text.length, false)
  const [first, last] = [parts[0], parts.at(-1)]
  if (first && cut.start) parts[0] = { ...first, text: `…${first.text}` }
  if (last && cut.end) parts[parts.length - 1] = { ...(parts.at(-1) ?? last), text: `${parts.at(-1)?.text}…` }
  return parts
}

const LETTER = '[\\p{L}\\p{M}\\p{N}]'
const OTHER = '[^\\p{L}\\p{M}\\p{N}]*'

/** `strict`: where spaces part words, whole words only. */
function patternOf(phrases: readonly Phrase[], strict: boolean): RegExp | null {
  if (phrases.length === 0) return null
  const one = ({ pieces, prefix }: Phrase): string => {
    const [first, last] = [pieces[0], pieces.at(-1)]
    const text = pieces.map((piece) => fold(piece.text).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join(OTHER)
    const before = strict && first && !first.unspaced ? `(?<!${LETTER})` : ''
    const after = strict && last && !last.unspaced && !prefix ? `(?!${LETTER})` : ''
    return `${before}${text}${after}`
  }
  // The longest first, or the beginning of a word would be marked where all of it was found.
  const patterns = phrases.map(one).sort((a, b) => b.length - a.length)
  return new RegExp(patterns.join('|'), 'gu')
}

const folded = new Map<string, string>()
const MOST_FOLDED = 20_000

/** A text as it is compared: in small letters, without accents, character for character as long as it was. */
export function fold(text: string): string {
  if (!/\P{ASCII}/u.test(text)) return text.toLowerCase()
  let result = ''
  for (const character of text) result += foldCharacter(character)
  return result
}

function foldCharacter(character: string): string {
  if (character < '\u0080') return character.toLowerCase()
  const known = folded.get(character)
  if (known !== undefined) return known
  const base = character
    .normalize('NFKD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .normalize('NFC')
  const small = character.toLowerCase()
  const result = [base, small].find((one) => one.length === character.length) ?? character
  if (folded.size >= MOST_FOLDED) folded.clear()
  folded.set(character, result)
  return result
}

const NEAR = 20

/** A place near `at` where a word begins. */
function wordStart(text: string, at: number): number {
  const space = text.slice(at, at + NEAR).search(/\s/)
  return space < 0 ? aligned(text, at) : at + space + 1
}

function wordEnd(text: string, at: number): number {
  const space = text.slice(at, at + NEAR).search(/\s/)
  return space < 0 ? aligned(text, at) : at + space
}

/** Not between the two halves of a character. */
const aligned = (text: string, at: number): number => {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at
}
