import type { Case } from '../support/shop.ts'
import type { JsonMap, ToolUse } from '../types.ts'

/** One thing that somebody of the back office asks for, and how the agent gets there. */
export interface Task {
  name: string
  weight: number
  play(it: Case): Played
}

export interface Played {
  asks: string
  /** Each is one thought of the model with the tools it calls at once. */
  steps: { thought: string; uses: ToolUse[] }[]
  answer: string
  /** An answer that is wrong, given now and then. */
  wrong?: string
}

/** A call of a tool, with what came back. */
export const use = (name: string, args: JsonMap, result: JsonMap): ToolUse => ({ name, args, result })
