import type { Usage } from './record.ts'

/** US dollars for a million tokens of one sort; tiered where it depends on how much input the whole call has. */
export type Rate = number | { base: number; tiers: { start: number; price: number }[] }

export const SORTS = [
  'input',
  'cache_read',
  'cache_write',
  'cache_write_1h',
  'input_audio',
  'input_image',
  'cache_read_audio',
  'cache_read_image',
  'output',
  'reasoning',
  'output_audio',
  'output_image',
] as const
export type Sort = (typeof SORTS)[number]

/** What a cost is made of. `call` and `search` are charged by the piece; `stated` is what a sender said without saying of what it is made. */
export const COST_KINDS = [...SORTS, 'call', 'search', 'stated'] as const

/** The rates that a source gives. What is missing costs what it is a part of: cached audio as cached text, images as text. */
export type GivenRates = { [S in Sort]?: Rate | undefined }
export type AllRates = { [S in Sort]: Rate }

/** Hears of each sort of tokens that a call has, how many there are and what a million of them cost. */
type Hear = (sort: Sort, tokens: number, perMillion: number) => void

/** Each token is charged once: parts are taken from their whole, and never more of them than the whole has. */
export function charge(usage: Usage, rates: AllRates, hear: Hear): void {
  const { more } = usage
  const input = usage.input ?? 0
  const output = usage.output ?? 0
  const read = Math.min(usage.cacheRead ?? 0, input)
  const write = Math.min(usage.cacheWrite ?? 0, input - read)
  const write1h = Math.min(more?.cacheWrite1h ?? 0, write)
  const readAudio = Math.min(more?.cacheReadAudio ?? 0, read)
  const readImage = Math.min(more?.cacheReadImage ?? 0, read - readAudio)
  const plain = input - read - write
  const inputAudio = Math.min(Math.max((usage.inputAudio ?? 0) - readAudio, 0), plain)
  const inputImage = Math.min(Math.max((more?.inputImage ?? 0) - readImage, 0), plain - inputAudio)
  const outputAudio = Math.min(usage.outputAudio ?? 0, output)
  const outputImage = Math.min(more?.outputImage ?? 0, output - outputAudio)
  const reasoning = Math.min(usage.reasoning ?? 0, output - outputAudio - outputImage)
  const say = (sort: Sort, tokens: number) => {
    if (tokens > 0) hear(sort, tokens, rateOf(rates[sort], input))
  }
  say('input', plain - inputAudio - inputImage)
  say('cache_read', read - readAudio - readImage)
  say('cache_read_audio', readAudio)
  say('cache_read_image', readImage)
  say('cache_write', write - write1h)
  say('cache_write_1h', write1h)
  say('input_audio', inputAudio)
  say('input_image', inputImage)
  say('output', output - outputAudio - outputImage - reasoning)
  say('output_audio', outputAudio)
  say('output_image', outputImage)
  say('reasoning', reasoning)
}

function rateOf(rate: Rate, input: number): number {
  if (typeof rate === 'number') return rate
  let found = rate.base
  for (const tier of rate.tiers) if (input > tier.start) found = tier.price
  return found
}

export function allRates(given: GivenRates): AllRates {
  const { input = 0, output = 0 } = given
  const { cache_read = input, cache_write = input } = given
  return {
    input,
    output,
    cache_read,
    cache_write,
    cache_write_1h: given.cache_write_1h ?? cache_write,
    input_audio: given.input_audio ?? input,
    output_audio: given.output_audio ?? output,
    cache_read_audio: given.cache_read_audio ?? cache_read,
    input_image: given.input_image ?? input,
    output_image: given.output_image ?? output,
    cache_read_image: given.cache_read_image ?? cache_read,
    reasoning: given.reasoning ?? output,
  }
}
