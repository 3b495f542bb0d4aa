import type { ToolUse } from '../types.ts'
import type { ArticleId } from './articles.ts'
import type { Case } from './shop.ts'

/** One question and its answer. */
export interface Exchange {
  says: string
  intent: string
  sentiment: 'positive' | 'neutral' | 'negative'
  articles?: readonly ArticleId[]
  tools?: readonly ToolUse[]
  reply: string
  /** An answer that helps nobody, which the bot gives now and then instead. */
  poor?: string
}

export interface Scenario {
  name: string
  /** How often, against the others. */
  weight: number
  language: 'en' | 'de' | 'es' | 'fr'
  play(it: Case): Exchange[]
}

export const thanks = (it: Case): Exchange => ({
  says: it.one(
    'Perfect, thank you!',
    'great, thanks a lot',
    'That helps, thanks.',
    'ok thank you, have a nice day',
    'Brilliant. Cheers!',
    'thx',
    'Thanks, that was quick.',
    'Wonderful, thank you for sorting it out.',
    'ok cool',
    'Good to know. Thank you and goodbye.',
    'super, thanks!!',
    `Thanks. Best, ${it.person.first}`,
    'Alright, that is all I wanted to know.',
    'thank you so much 🙏',
  ),
  intent: 'goodbye',
  sentiment: 'positive',
  reply: it.one(
    `You're welcome, ${it.person.first}. Enjoy your time outside!`,
    'Happy to help. Have a good day!',
    'Gladly. If anything else comes up, just write here.',
    `You're welcome! Have a great trip.`,
  ),
})
