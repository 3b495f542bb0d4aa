/** Pseudo-random numbers from a seed, so that two runs send the same text. Mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const WORDS =
  `the customer asked whether an order that was placed last week can still be changed before it leaves our warehouse and if
the refund for a damaged item reaches the card within five business days please answer politely cite only documents from context
below never invent policy numbers when unsure escalate to human agent return valid JSON with fields answer sources confidence retrieved
passage shipping address invoice subscription renewal account password reset delivery window carrier tracking number warranty claim`
    .split(/\s+/)
    .filter(Boolean)

/** About `length` characters of prose: sentences, line breaks, quotes, and in one text of ten letters beyond Latin-1. */
export function prose(random: () => number, length: number): string {
  const mark = random() < 0.1 ? ' — “naïve” façade 東京' : ''
  let text = mark
  let sentence = 0
  while (text.length < length) {
    const word = WORDS[Math.floor(random() * WORDS.length)] ?? 'the'
    sentence += 1
    text += ` ${word}`
    if (sentence < 8 + random() * 12) continue
    text += random() < 0.3 ? '.\n' : random() < 0.1 ? '," she said.' : '.'
    sentence = 0
  }
  return text.slice(1, length + 1)
}

export const pick = <T>(random: () => number, from: readonly [T, ...T[]]): T =>
  from[Math.floor(random() * from.length)] ?? from[0]
