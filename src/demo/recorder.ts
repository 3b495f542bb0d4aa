import type { Fault } from './faults.ts'
import { MODELS, type ModelName } from './models.ts'
import type { Random } from './random.ts'
import { tokensOfMessage, tokensOfMessages } from './tokens.ts'
import type { AppName, JsonMap, Message, Run, RunEvent, Step, StepKind, Tokens, ToolUse } from './types.ts'
import type { Weather } from './weather.ts'

/** Where a run takes place: what is the same for all runs of a conversation. */
export interface Scene {
  app: AppName
  random: Random
  weather: Weather
  sessionId: string
  userId: string
  environment: Run['environment']
  tags: Record<string, string>
  metadata: JsonMap
}

export interface ModelCall {
  name: string
  model: ModelName
  messages: Message[]
  reply: Message
  /** The answer is to be JSON, which can be broken. */
  json?: boolean
  parameters: JsonMap
  /** Definitions of the tools, which are part of the prompt, and how many tokens they are. */
  tools?: { definitions: JsonMap[]; tokens: number }
  /** How many tokens of the prompt the provider has seen before. */
  cached?: number
}

/** Null: it went well; else the error that nothing could be done about. */
export type Outcome = string | null

const NO_FIELDS = { model: null, provider: null, output: null, error: null, tokens: null, documents: [], metadata: {} }
const PARTS_IN_A_PROMPT_CACHE = 1024

/** Writes a run down while it happens: each step takes its time, and time passes. */
export class Recorder {
  readonly #scene: Scene
  readonly #name: string
  readonly #steps: Step[] = []
  readonly #events: RunEvent[] = []
  readonly #root: Step
  #parentId: string | null = null
  at: number

  constructor(scene: Scene, { name, kind, input, at }: { name: string; kind: StepKind; input: string; at: number }) {
    this.#scene = scene
    this.#name = name
    this.at = at
    this.#root = this.#add({ name, kind, input }, 0)
    this.#parentId = this.#root.id
  }

  /** Steps of `work` are children of a step of this name. */
  within<T>(name: string, input: string, work: () => T): T {
    const step = this.#add({ name, kind: 'chain', input }, 0)
    const outer = this.#parentId
    this.#parentId = step.id
    const result = work()
    this.#parentId = outer
    step.endedAt = this.at
    return result
  }

  /** A step that only takes time; `ms` is a median. */
  step(fields: Partial<Step> & Pick<Step, 'name' | 'kind' | 'input'>, ms: number): Step {
    const { random, weather, app } = this.#scene
    const slow = fields.kind === 'embedding' ? weather.slowness(app, this.at) : 1
    return this.#add(fields, random.around(ms * slow, 0.35))
  }

  /** Calls a model, once more if the failure is one that passes. */
  model(call: ModelCall): Outcome {
    const { random } = this.#scene
    for (let attempt = 1; ; attempt++) {
      const { fault, step } = this.#callModel(call)
      if (fault === null) return null
      if (!fault.passing || attempt === 2 || !random.chance(0.6)) return fault.error
      const wait = random.int(350, 1_900)
      this.#events.push({ stepId: step.id, level: 'warn', message: `retrying ${call.name} in ${wait} ms`, at: this.at })
      this.at += wait
    }
  }

  /** Calls a tool. Its answer is the outcome's, unless it failed. */
  tool({ name, args, result }: ToolUse, ms = 90): Outcome {
    const { random, weather } = this.#scene
    const fault = weather.toolFault(random, name)
    const took = fault?.ms ?? random.around(ms, 0.5)
    this.#add(
      {
        name,
        kind: 'tool',
        input: JSON.stringify(args),
        output: fault ? null : JSON.stringify(result),
        error: fault?.error ?? null,
      },
      took,
    )
    return fault?.error ?? null
  }

  note(level: RunEvent['level'], message: string): void {
    this.#events.push({ stepId: this.#root.id, level, message, at: this.at })
  }

  finish(output: string | null, error: string | null, metadata: JsonMap = {}): Run {
    const { app, random, sessionId, userId, environment, tags } = this.#scene
    const root = this.#root
    root.endedAt = this.at = Math.round(this.at + random.int(1, 9))
    root.output = output
    root.error = error
    for (const step of this.#steps) {
      step.startedAt = Math.round(step.startedAt)
      step.endedAt = Math.round(step.endedAt)
    }
    for (const event of this.#events) event.at = Math.round(event.at)
    return {
      id: random.uuid(root.startedAt),
      ...{ app, sessionId, userId, environment, tags, output, error },
      name: this.#name,
      metadata: { ...this.#scene.metadata, ...metadata },
      input: String(root.input),
      startedAt: root.startedAt,
      endedAt: root.endedAt,
      steps: this.#steps,
      events: this.#events,
      feedback: null,
    }
  }

  #callModel(call: ModelCall): { fault: Fault | null; step: Step } {
    const { app, random, weather } = this.#scene
    const { model, json = false } = call
    const { provider, firstTokenMs, tokensPerSecond } = MODELS[model]
    const slowness = weather.slowness(app, this.at)
    const fault = weather.llmFault(random, { app, at: this.at, model, json })
    const tokens = tokensOfCall(call)
    const writing = (tokens.output / tokensPerSecond) * 1000
    const usual = random.around((firstTokenMs + tokens.input * 0.03 + writing) * slowness, 0.28)
    const answered = fault === null || fault.ms === null
    const step = this.#add(
      {
        name: call.name,
        kind: 'llm',
        model,
        provider,
        input: fault?.tooLong ? withAttachment(call.messages, random) : call.messages,
        output: answered ? (fault ? broken(call.reply, random) : call.reply) : null,
        error: fault?.error ?? null,
        tokens: answered ? tokens : null,
        metadata: { parameters: call.parameters, ...(call.tools ? { tools: call.tools.definitions } : {}) },
      },
      fault?.ms ?? usual,
    )
    return { fault, step }
  }

  #add(fields: Partial<Step> & Pick<Step, 'name' | 'kind' | 'input'>, ms: number): Step {
    const { random } = this.#scene
    if (this.#steps.length > 0) this.at += random.int(1, 6)
    const startedAt = this.at
    this.at += ms
    const step: Step = {
      ...NO_FIELDS,
      ...fields,
      id: random.uuid(startedAt),
      parentId: this.#parentId,
      startedAt,
      endedAt: this.at,
    }
    this.#steps.push(step)
    return step
  }
}

function tokensOfCall({ messages, reply, tools, cached = 0 }: ModelCall): Tokens {
  const input = tokensOfMessages(messages) + (tools?.tokens ?? 0)
  return {
    input,
    output: tokensOfMessage(reply),
    cached: cached >= PARTS_IN_A_PROMPT_CACHE ? cached - (cached % 128) : 0,
  }
}

/** What made the prompt too long is named, not kept, as an application would do that cuts what it records. */
function withAttachment(messages: readonly Message[], random: Random): Message[] {
  const file = random.pick(['conversation-export.txt', 'mail-thread.eml', 'order-history.csv', 'app-log.txt'])
  const note = `[attached ${file}: ${random.int(520, 1_400)},${random.int(100, 999)} characters, not recorded]`
  const last = messages.findLastIndex(({ role }) => role === 'user')
  return messages.map((one, i) => (i === last ? { ...one, content: `${one.content}\n\n${note}` } : one))
}

/** An answer that stops in the middle. */
function broken(reply: Message, random: Random): Message {
  const text = reply.content ?? ''
  return { ...reply, content: text.slice(0, Math.max(8, Math.floor(text.length * (0.3 + random.next() * 0.5)))) }
}
