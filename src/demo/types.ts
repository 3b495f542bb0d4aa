/**
 * The words of the demo.
 *
 * app        one of the applications of a made-up outdoor shop, Fjellheim
 * run        one unit of work of an app: what becomes a trace
 * step       what becomes a span
 * weather    what makes runs slow or fail at a time: the usual noise, and the planted incidents
 */
export type Json = null | boolean | number | string | Json[] | JsonMap
export interface JsonMap {
  [key: string]: Json
}

export const APPS = ['support-bot', 'docs-assistant', 'order-agent'] as const
export type AppName = (typeof APPS)[number]

export interface Message {
  role: 'system' | 'user' | 'assistant' | 'tool'
  content: string | null
  tool_calls?: ToolCall[]
  tool_call_id?: string
}

export interface ToolCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}

/** A tool that an app calls, and what it answers. */
export interface ToolUse {
  name: string
  args: JsonMap
  result: JsonMap
}

export interface RetrievedDocument {
  id: string
  title: string
  content: string
  /** Cosine similarity. */
  score: number
}

export type StepKind = 'agent' | 'chain' | 'llm' | 'tool' | 'retrieval' | 'embedding' | 'reranker'

/** Tokens of a model call; `cached` is a part of `input`. */
export interface Tokens {
  input: number
  output: number
  cached: number
}

export interface Step {
  /** UUIDv7. */
  id: string
  parentId: string | null
  name: string
  kind: StepKind
  /** Milliseconds since the epoch. */
  startedAt: number
  endedAt: number
  model: string | null
  provider: 'openai' | 'anthropic' | null
  input: string | Message[]
  output: string | Message | null
  error: string | null
  tokens: Tokens | null
  documents: RetrievedDocument[]
  metadata: JsonMap
}

export interface RunEvent {
  stepId: string
  level: 'info' | 'warn' | 'error'
  message: string
  at: number
}

export interface Feedback {
  label: 'good' | 'bad' | 'neutral'
  score: number | null
  comment: string | null
  at: number
}

export interface Run {
  /** UUIDv7. */
  id: string
  app: AppName
  name: string
  sessionId: string
  userId: string
  environment: 'production' | 'staging'
  tags: Record<string, string>
  metadata: JsonMap
  input: string
  output: string | null
  error: string | null
  startedAt: number
  endedAt: number
  steps: Step[]
  events: RunEvent[]
  feedback: Feedback | null
}
