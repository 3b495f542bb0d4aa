import type { MoreUsage, Usage } from './record.ts'
import type { SpanTokens } from './wire.ts'

/** The finer parts of a usage by the names that the API shows them under. */
const NAMES = {
  cacheWrite1h: 'cache_write_1h_tokens',
  cacheReadAudio: 'cache_read_audio_tokens',
  cacheReadImage: 'cache_read_image_tokens',
  inputImage: 'input_image_tokens',
  outputImage: 'output_image_tokens',
  webSearches: 'web_searches',
  tier: 'service_tier',
  region: 'region',
} as const satisfies Record<keyof MoreUsage, string>

type Stored = Partial<Record<(typeof NAMES)[keyof MoreUsage], number | string>>

/** As it is stored and shown: JSON of what is known. */
export function usageMoreJson(more: MoreUsage): string {
  const stored: Stored = {}
  for (const [field, name] of Object.entries(NAMES) as [keyof MoreUsage, keyof Stored][]) {
    const value = more[field]
    if (value !== null) stored[name] = value
  }
  return JSON.stringify(stored)
}

/** What was stored; trusted, for only the writer wrote it. */
export function usageMoreOf(json: string): MoreUsage {
  const stored = JSON.parse(json) as Stored
  const count = (name: keyof Stored) => (stored[name] as number | undefined) ?? null
  const word = (name: keyof Stored) => (stored[name] as string | undefined) ?? null
  return {
    cacheWrite1h: count(NAMES.cacheWrite1h),
    cacheReadAudio: count(NAMES.cacheReadAudio),
    cacheReadImage: count(NAMES.cacheReadImage),
    inputImage: count(NAMES.inputImage),
    outputImage: count(NAMES.outputImage),
    webSearches: count(NAMES.webSearches),
    tier: word(NAMES.tier),
    region: word(NAMES.region),
  }
}

/** What a span's usage is read from: its own columns, and that of its payload. */
export interface UsageRow extends SpanTokens {
  usageMore: string | null
}

/** Of a span `s` and its payload `y`. */
export const USAGE_COLUMNS = `s.prompt_tokens AS promptTokens, s.completion_tokens AS completionTokens,
  s.cache_read_tokens AS cacheReadTokens, s.cache_write_tokens AS cacheWriteTokens, s.reasoning_tokens AS reasoningTokens,
  s.input_audio_tokens AS inputAudioTokens, s.output_audio_tokens AS outputAudioTokens, y.usage_more AS usageMore`

export const usageOf = (row: UsageRow): Usage => ({
  input: row.promptTokens,
  output: row.completionTokens,
  cacheRead: row.cacheReadTokens,
  cacheWrite: row.cacheWriteTokens,
  reasoning: row.reasoningTokens,
  inputAudio: row.inputAudioTokens,
  outputAudio: row.outputAudioTokens,
  more: row.usageMore === null ? null : usageMoreOf(row.usageMore),
})
