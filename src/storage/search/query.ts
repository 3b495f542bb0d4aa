import { AppError } from '../../errors.ts'
import { camelParts, type Piece, pairs, piecesOf } from './words.ts'

/**
 * What people type into the search box.
 *
 * term    a word, or words in quotes, wanted or (with `-`) unwanted, in any field or in one
 * phrase  a way in which a term can stand in a text: words one after another
 * clause  terms joined by OR, one of which must be there; clauses are joined by AND
 *
 * Whatever is typed means something: a quote that is not closed reaches to the end, an operator that joins nothing is left out.
 */
export const FIELDS = ['name', 'input', 'output', 'error'] as const
export type Field = (typeof FIELDS)[number]

export interface TextQuery {
  clauses: readonly (readonly Term[])[]
  unwanted: readonly Term[]
}

export interface Term {
  field: Field | null
  /** Any of them will do. */
  phrases: readonly Phrase[]
}

export interface Phrase {
  /** As the index has them, one after another. */
  words: readonly string[]
  /** The last word may go on. */
  prefix: boolean
  /** What stands in the text itself, for marking it. */
  pieces: readonly Piece[]
}

const LONGEST_QUERY = 1_000
const MOST_TERMS = 50
const SHORTEST_PREFIX = 2

/** Reads a query. Throws 400 (`invalid_query`) where nothing can be looked for, with a sentence that says what to do. */
export function parseQuery(text: string): TextQuery {
  if (text.length > LONGEST_QUERY) throw refused(`must have at most ${LONGEST_QUERY} characters.`)
  const clauses: Term[][] = []
  const unwanted: Term[] = []
  let joined = false
  let terms = 0
  for (const token of tokensOf(text)) {
    if (token.operator === 'OR') joined = clauses.length > 0
    if (token.operator !== null) continue
    const term = termOf(token)
    if (!term) continue
    terms += 1
    if (terms > MOST_TERMS) throw refused(`must have at most ${MOST_TERMS} words or phrases.`)
    if (token.unwanted && joined)
      throw refused('what is not wanted (-) cannot be joined by OR; write it after the rest.')
    if (token.unwanted) unwanted.push(term)
    else if (joined) clauses.at(-1)?.push(term)
    else clauses.push([term])
    joined = false
  }
  if (clauses.length > 0) return { clauses, unwanted }
  throw unwanted.length > 0
    ? refused('says only what is not wanted; add a word that is, such as timeout -retry.')
    : refused('has nothing to look for; give at least one letter or digit.')
}

interface Token {
  operator: 'OR' | 'AND' | null
  unwanted: boolean
  field: Field | null
  text: string
  prefix: boolean
}

/** `-`, `field:`, then words in quotes or anything up to the next space. */
const TOKEN = /(-(?!-))?(?:(name|input|output|error):(?=\S))?(?:"([^"]*)(?:"|$)(\*)?|([^\s"]+))/gi

function* tokensOf(text: string): Generator<Token> {
  let not = false
  for (const [whole, minus, field, quoted, star, bare] of text.matchAll(TOKEN)) {
    if (whole === 'NOT') {
      not = true
      continue
    }
    yield {
      operator: whole === 'OR' || whole === 'AND' ? whole : null,
      unwanted: not || minus !== undefined,
      field: (field?.toLowerCase() as Field | undefined) ?? null,
      text: quoted ?? bare ?? '',
      prefix: star !== undefined || (bare?.endsWith('*') ?? false),
    }
    not = false
  }
}

function termOf({ text, field, prefix }: Token): Term | null {
  const pieces = piecesOf(text)
  const last = pieces.at(-1)
  if (!last) return null
  if (prefix && !last.unspaced && last.text.length < SHORTEST_PREFIX) {
    throw refused(
      `${last.text}* would find nearly everything; give at least ${SHORTEST_PREFIX} characters before the *.`,
    )
  }
  return { field, phrases: phrasesOf(pieces, prefix) }
}

/** As the text was rewritten for the index, so is what is looked for. */
function phrasesOf(pieces: readonly Piece[], prefix: boolean): Phrase[] {
  const last = pieces.at(-1)
  if (!last) return []
  const before = pieces.slice(0, -1).flatMap(({ text, unspaced }) => (unspaced ? pairs(text) : text))
  if (last.unspaced) return [unspacedPhrase(before, last.text, pieces)]
  const phrases: Phrase[] = [{ words: [...before, last.text], prefix, pieces }]
  const parts = camelParts(last.text)
  if (parts.length > 1 && pieces.length === 1) {
    // `userName` is also in `getUserName`, and in `user_name`.
    phrases.push({ words: parts, prefix, pieces: parts.map((text) => ({ text, unspaced: false })) })
  }
  return phrases
}

/** All pairs but the last character alone, which in the text may be the first of another pair. */
function unspacedPhrase(before: readonly string[], run: string, pieces: readonly Piece[]): Phrase {
  const inRun = pairs(run)
  const single = inRun.length === 1
  return { words: [...before, ...(single ? inRun : inRun.slice(0, -1))], prefix: single, pieces }
}

/** The term in the words of FTS5. */
export function matchOfTerm({ field, phrases }: Term): string {
  const any = phrases.map(({ words, prefix }) => `"${words.join(' ')}"${prefix ? ' *' : ''}`).join(' OR ')
  return field === null ? `(${any})` : `${field} : (${any})`
}

/** The query in the words of FTS5; `scope` is a word that must be there too. */
export function matchOf({ clauses, unwanted }: TextQuery, scope: string | null): string {
  const wanted = clauses.map((terms) => `(${terms.map(matchOfTerm).join(' OR ')})`)
  if (scope !== null) wanted.unshift(`"${scope}"`)
  const all = wanted.join(' AND ')
  return unwanted.length === 0 ? all : `(${all}) NOT (${unwanted.map(matchOfTerm).join(' OR ')})`
}

const refused = (message: string): AppError => new AppError('invalid_query', `q: ${message}`)
