/** Code in pieces, each of a kind. Small on purpose: what can be told without a grammar of the language. */
export type Piece = { kind: 'plain' | 'comment' | 'string' | 'number' | 'word' | 'name'; text: string }

const WORDS =
  'async await break case catch class const continue def default defer do elif else enum except export extends False false finally for from func function go if implements import in interface is lambda let map match new nil None not null or package pass private public raise range return select static struct switch this throw True true try type undefined use var void while with yield SELECT FROM WHERE GROUP BY ORDER LIMIT JOIN ON AND OR NOT NULL AS INSERT UPDATE DELETE CREATE TABLE'
    .split(' ')
    .join('|')

const PIECES = new RegExp(
  [
    String.raw`(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<=^|\s)#[^\n]*|(?<=^|\s)--\s[^\n]*)`,
    String.raw`(?<name>"(?:[^"\\\n]|\\.)*"(?=\s*:))`,
    String.raw`(?<string>"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\x60(?:[^\x60\\]|\\.)*\x60)`,
    String.raw`(?<number>\b\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?\b)`,
    `\\b(?<word>${WORDS})\\b`,
  ].join('|'),
  'gm',
)

/** Longer texts stay plain: colour is not worth a stutter. */
const MOST = 60_000

export function highlight(text: string): Piece[] {
  if (text.length > MOST) return [{ kind: 'plain', text }]
  const pieces: Piece[] = []
  let at = 0
  for (const match of text.matchAll(PIECES)) {
    if (match.index > at) pieces.push({ kind: 'plain', text: text.slice(at, match.index) })
    const kind = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0] as Piece['kind']
    pieces.push({ kind, text: match[0] })
    at = match.index + match[0].length
  }
  if (at < text.length) pieces.push({ kind: 'plain', text: text.slice(at) })
  return pieces
}
