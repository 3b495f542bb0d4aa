/**
 * As much of Markdown as models write, as data. It never becomes HTML text: components make elements of it, so nothing that a model or
 * an attacker wrote can be more than words. Not a full CommonMark; what it does not know stays as it was typed.
 */
export type Block =
  | { kind: 'paragraph'; text: string }
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'code'; language: string; text: string }
  | { kind: 'list'; ordered: boolean; start: number; items: { text: string; level: number }[] }
  | { kind: 'quote'; text: string }
  | { kind: 'table'; head: string[]; rows: string[][] }
  | { kind: 'rule' }

const ITEM = /^(\s*)([-*+]|\d{1,6}[.)])\s+(.*)$/
const FENCE = /^\s*(`{3,}|~{3,})\s*([\w+#.-]*)/

export function blocksOf(source: string): Block[] {
  const lines = source.split('\n')
  const blocks: Block[] = []
  let paragraph: string[] = []
  const flush = () => {
    if (paragraph.length > 0) blocks.push({ kind: 'paragraph', text: paragraph.join('\n') })
    paragraph = []
  }
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? ''
    const block = fence(lines, i) ?? table(lines, i) ?? list(lines, i) ?? quote(lines, i) ?? single(line)
    if (block) {
      flush()
      blocks.push(block.block)
      i += block.lines - 1
    } else if (line.trim() === '') flush()
    else paragraph.push(line)
  }
  flush()
  return blocks
}

interface Taken {
  block: Block
  lines: number
}

function fence(lines: readonly string[], from: number): Taken | null {
  const [, mark = '', language = ''] = FENCE.exec(lines[from] ?? '') ?? []
  if (mark === '') return null
  let end = from + 1
  while (end < lines.length && !(lines[end] ?? '').trim().startsWith(mark)) end++
  return { block: { kind: 'code', language, text: lines.slice(from + 1, end).join('\n') }, lines: end - from + 1 }
}

function list(lines: readonly string[], from: number): Taken | null {
  const first = ITEM.exec(lines[from] ?? '')
  if (!first) return null
  const ordered = /\d/.test(first[2] ?? '')
  const items: { text: string; level: number }[] = []
  let i = from
  for (; i < lines.length; i++) {
    const line = lines[i] ?? ''
    const item = ITEM.exec(line)
    const last = items.at(-1)
    if (item)
      items.push({
        text: item[3] ?? '',
        level: Math.min(4, Math.floor((item[1] ?? '').replace(/\t/g, '  ').length / 2)),
      })
    else if (/^\s{2,}\S/.test(line) && last) last.text += `\n${line.trim()}`
    else if (line.trim() === '' && ITEM.test(lines[i + 1] ?? '')) continue
    else break
  }
  return { block: { kind: 'list', ordered, start: Number.parseInt(first[2] ?? '1', 10) || 1, items }, lines: i - from }
}

function quote(lines: readonly string[], from: number): Taken | null {
  let end = from
  while (end < lines.length && /^\s*>/.test(lines[end] ?? '')) end++
  if (end === from) return null
  const text = lines.slice(from, end).map((line) => line.replace(/^\s*>\s?/, ''))
  return { block: { kind: 'quote', text: text.join('\n') }, lines: end - from }
}

const cells = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim())

function table(lines: readonly string[], from: number): Taken | null {
  const [head = '', rule = ''] = [lines[from], lines[from + 1]]
  if (!head.includes('|') || !/^\s*\|?\s*:?-{2,}/.test(rule) || !rule.includes('|')) return null
  let end = from + 2
  while (end < lines.length && (lines[end] ?? '').includes('|')) end++
  return { block: { kind: 'table', head: cells(head), rows: lines.slice(from + 2, end).map(cells) }, lines: end - from }
}

function single(line: string): Taken | null {
  const heading = /^(#{1,6})\s+(.*)$/.exec(line)
  if (heading) return { block: { kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' }, lines: 1 }
  return /^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/.test(line) ? { block: { kind: 'rule' }, lines: 1 } : null
}

export type Inline =
  | { kind: 'text' | 'strong' | 'em' | 'code' | 'strike'; text: string }
  | { kind: 'link'; text: string; href: string }

const INLINE =
  /(?<code>`[^`\n]+`)|(?<strong>\*\*[^*\n]+\*\*|__[^_\n]+__)|(?<strike>~~[^~\n]+~~)|(?<em>\*[^*\s][^*\n]*\*|(?<=^|\W)_[^_\s][^_\n]*_(?=\W|$))|\[(?<label>[^\]\n]+)\]\((?<href>[^)\s]+)\)|(?<bare>https?:\/\/[^\s<>()]+[^\s<>().,;:!?'"])/g

export function inlineOf(text: string): Inline[] {
  const found: Inline[] = []
  let at = 0
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) found.push({ kind: 'text', text: text.slice(at, match.index) })
    found.push(pieceOf(match))
    at = match.index + match[0].length
  }
  if (at < text.length) found.push({ kind: 'text', text: text.slice(at) })
  return found
}

function pieceOf({ 0: whole, groups = {} }: RegExpMatchArray): Inline {
  const { code, strong, strike, em, label, href, bare } = groups
  if (code) return { kind: 'code', text: code.slice(1, -1) }
  if (strong) return { kind: 'strong', text: strong.slice(2, -2) }
  if (strike) return { kind: 'strike', text: strike.slice(2, -2) }
  if (em) return { kind: 'em', text: em.slice(1, -1) }
  const to = href ?? bare ?? ''
  // Only addresses that open a page: a link that runs something would be the writer's, not ours.
  return /^(?:https?:|mailto:)/i.test(to)
    ? { kind: 'link', text: label ?? to, href: to }
    : { kind: 'text', text: whole }
}
