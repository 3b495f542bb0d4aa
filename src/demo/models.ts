export interface Model {
  provider: 'openai' | 'anthropic'
  /** Milliseconds until the first token, and tokens a second from then on; medians on a quiet day. */
  firstTokenMs: number
  tokensPerSecond: number
}

export const MODELS = {
  'gpt-4.1-nano': { provider: 'openai', firstTokenMs: 210, tokensPerSecond: 160 },
  'gpt-4.1-mini': { provider: 'openai', firstTokenMs: 380, tokensPerSecond: 95 },
  'gpt-4.1': { provider: 'openai', firstTokenMs: 560, tokensPerSecond: 75 },
  'gpt-4o': { provider: 'openai', firstTokenMs: 520, tokensPerSecond: 82 },
  'claude-haiku-4-5': { provider: 'anthropic', firstTokenMs: 460, tokensPerSecond: 110 },
  'claude-sonnet-4-5': { provider: 'anthropic', firstTokenMs: 880, tokensPerSecond: 68 },
} as const satisfies Record<string, Model>

export type ModelName = keyof typeof MODELS

export const EMBEDDING_MODEL = 'text-embedding-3-small'
