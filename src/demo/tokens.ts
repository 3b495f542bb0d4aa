import type { Message } from './types.ts'

/** What a chat message costs beside its text: the marks around it and its role. */
const PER_MESSAGE = 4

/**
 * About as many tokens as a byte-pair encoding makes of the text: one for a short word, one more for every further five letters, one
 * for a group of three digits, one for a sign. Within a tenth of the real ones for prose and JSON.
 */
export function tokensOf(text: string): number {
  let tokens = 0
  let kind: Kind = 'space'
  let length = 0
  // One step beyond the end, which ends the last word. A scanner, because a pattern takes ten times as long.
  for (let i = 0; i <= text.length; i++) {
    const next = kindOf(text.charCodeAt(i))
    if (next === kind) {
      length += 1
      continue
    }
    tokens += tokensOfPiece(kind, length)
    kind = next
    length = 1
  }
  return tokens
}

type Kind = 'letter' | 'digit' | 'sign' | 'space'

function kindOf(code: number): Kind {
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code >= 0xc0) return 'letter'
  if (code >= 48 && code <= 57) return 'digit'
  return code > 32 ? 'sign' : 'space'
}

function tokensOfPiece(kind: Kind, length: number): number {
  switch (kind) {
    case 'letter':
      return Math.ceil(Math.max(1, length - 3) / 5)
    case 'digit':
      return Math.ceil(length / 3)
    case 'sign':
      return length
    case 'space':
      return 0
    default:
      return kind satisfies never
  }
}

export function tokensOfMessages(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + tokensOfMessage(message), 3)
}

export function tokensOfMessage({ content, tool_calls: calls = [] }: Message): number {
  const called = calls.reduce(
    (sum, { function: { name, arguments: args } }) => sum + tokensOf(name) + tokensOf(args) + 8,
    0,
  )
  return PER_MESSAGE + tokensOf(content ?? '') + called
}
