import type { Person } from './people.ts'
import type { Random } from './random.ts'

const GREETINGS = [
  'Hi,',
  'Hello,',
  'Hey,',
  'Hi there,',
  'Good morning.',
  'Hello team,',
  'Hi!',
  'Dear team,',
  'hey hey,',
]
const CLOSINGS = [
  'Thanks!',
  'Thank you.',
  'Any help is welcome.',
  'Please answer soon.',
  'Thanks in advance,',
  'cheers',
  'Best regards,',
]
const ASIDES = [
  'quick question:',
  'Question for you:',
  'sorry to bother,',
  'Short one:',
  'hey,',
  'Does anybody know?',
  'Hi handbook,',
]

/** A text as this person would open a conversation with it: nobody writes quite like the others. */
export function inVoiceOf({ first }: Person, text: string, random: Random): string {
  const greets = /^(hi|hello|hey|good|guten|hallo|moin|hola|buenas|bonjour)\b/i.test(text)
  const greeted = !greets && random.chance(0.3) ? `${random.pick(GREETINGS)} ${text}` : text
  const closing = random.chance(0.22) ? random.pick(CLOSINGS) : ''
  const closed = closing === '' ? greeted : `${greeted} ${closing}${closing.endsWith(',') ? ` ${first}` : ''}`
  return careless(closed, random)
}

/** A question as a colleague types it. */
export function asAsked(text: string, random: Random): string {
  return careless(random.chance(0.25) ? `${random.pick(ASIDES)} ${text}` : text, random)
}

/** One of eight writes in small letters, and one of twelve without the last sign. */
function careless(text: string, random: Random): string {
  const lower = random.chance(0.12) ? text.toLowerCase() : text
  return random.chance(0.08) ? lower.replace(/[.?!]$/, '') : lower
}
