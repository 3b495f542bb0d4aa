/** A stretch of a text: what all of the texts say, or what only this one does. */
export interface Stretch {
  text: string
  differs: boolean
}

/** Looked at of each text; what follows counts as the same. */
const MOST_TOKENS = 500
/** A word with the space before it, so that spaces alone never count as alike. */
const TOKEN = /\s*(?:[\p{L}\p{N}_-]+|[^\s])|\s+/gu
/** Texts with less in common than this say different things; to mark nearly all of them would say nothing. */
const LEAST_SHARED = 0.3

/** Each text in stretches, of which those that differ from text to text are marked; joined they are the text. */
export function differences(texts: readonly string[]): Stretch[][] {
  const tokens = texts.map((text) => text.match(TOKEN)?.slice(0, MOST_TOKENS) ?? [])
  const [first = [], ...others] = tokens
  const shared = others.reduce(longestShared, first)
  const letters = (some: readonly string[]) => some.reduce((sum, token) => sum + token.length, 0)
  const most = Math.max(...tokens.map(letters))
  if (others.length === 0 || letters(shared) < most * LEAST_SHARED) {
    return texts.map((text) => [{ text, differs: false }])
  }
  return texts.map((text, i) => stretchesOf(text, tokens[i] ?? [], shared))
}

function stretchesOf(text: string, tokens: readonly string[], shared: readonly string[]): Stretch[] {
  const stretches: Stretch[] = []
  const put = (part: string, differs: boolean) => {
    const last = stretches.at(-1)
    if (last?.differs === differs) last.text += part
    else if (part !== '') stretches.push({ text: part, differs })
  }
  let at = 0
  let taken = 0
  for (const token of tokens) {
    const same = token === shared[at]
    if (same) at += 1
    // The space before what differs is nobody’s.
    const space = same ? '' : (/^\s*/.exec(token)?.[0] ?? '')
    put(space, stretches.at(-1)?.differs === true && space !== '')
    put(token.slice(space.length), !same)
    taken += token.length
  }
  put(text.slice(taken), false)
  return stretches
}

/** The longest sequence of tokens that both have in this order, not always side by side. */
function longestShared(a: readonly string[], b: readonly string[]): string[] {
  const width = b.length + 1
  const lengths = new Uint16Array((a.length + 1) * width)
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const shared: string[] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      shared.push(a[i] as string)
      i += 1
      j += 1
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1
    else j += 1
  }
  return shared
}

/** The most of a shared stretch that is shown beside what differs. */
const BESIDE = 28

/** The same with long shared stretches cut down to the words that stand beside a difference. */
export function shortened(stretches: readonly Stretch[]): Stretch[] {
  if (!stretches.some(({ differs }) => differs)) return [...stretches]
  return stretches.map(({ text, differs }, i) => {
    const [isFirst, isLast] = [i === 0, i === stretches.length - 1]
    const room = BESIDE * (isFirst || isLast ? 1 : 2)
    if (differs || text.length <= room + 2) return { text, differs }
    const before = isFirst ? '' : text.slice(0, BESIDE).replace(/\s\S*$/, ' ')
    const after = isLast ? '' : text.slice(-BESIDE).replace(/^\S*\s/, ' ')
    return { text: `${before}…${after}`, differs }
  })
}
