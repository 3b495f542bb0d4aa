/** SQL in pieces, for colour. */
export interface SqlPiece {
  kind: 'plain' | 'comment' | 'string' | 'number' | 'word' | 'name'
  text: string
}

const WORDS =
  'select from where group by having order limit offset join inner left right full outer cross lateral on using and or not is in between like ilike exists case when then else end as distinct all any some union intersect except with recursive values over partition rows range preceding following current row filter qualify asc desc nulls first last null true false cast try_cast interval describe summarize pivot unpivot sample materialized date timestamp integer bigint double varchar boolean'
    .split(' ')
    .join('|')

const PIECES = new RegExp(
  [
    String.raw`(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))`,
    `(?<string>'(?:[^']|'')*(?:'|$))`,
    String.raw`(?<name>"(?:[^"]|"")*(?:"|$)|\b[a-z_]\w*(?=\s*\())`,
    String.raw`(?<number>\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)`,
    `\\b(?<word>${WORDS})\\b`,
  ].join('|'),
  'gi',
)
const IS_WORD = new RegExp(`^(?:${WORDS})$`, 'i')

/** The pieces make the text again when they are put together. */
export function sqlPieces(text: string): SqlPiece[] {
  const pieces: SqlPiece[] = []
  let at = 0
  for (const match of text.matchAll(PIECES)) {
    if (match.index > at) pieces.push({ kind: 'plain', text: text.slice(at, match.index) })
    const found = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0] as SqlPiece['kind']
    // `in (` and `over (` look like calls.
    const kind = found === 'name' && IS_WORD.test(match[0]) ? 'word' : found
    pieces.push({ kind, text: match[0] })
    at = match.index + match[0].length
  }
  if (at < text.length) pieces.push({ kind: 'plain', text: text.slice(at) })
  return pieces
}

/** Line and column, from 1, of a place in a text. */
export function lineOf(text: string, place: number): { line: number; column: number } {
  const before = text.slice(0, place).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** What an error at this place means: the word or sign that begins there. Empty at the end of the text. */
export const wordAt = (text: string, place: number): string =>
  /^(?:"[^"]*"|'[^']*'|[\w.]+|\S)/.exec(text.slice(place))?.[0] ?? ''
