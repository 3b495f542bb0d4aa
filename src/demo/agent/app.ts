import { feedbackOn } from '../feedback.ts'
import { person } from '../people.ts'
import type { Random } from '../random.ts'
import { Recorder, type Scene } from '../recorder.ts'
import { newCase } from '../support/shop.ts'
import { tokensOf, tokensOfMessages } from '../tokens.ts'
import type { Message, Run, ToolUse } from '../types.ts'
import type { Weather } from '../weather.ts'
import type { Played } from './task.ts'
import { TASKS } from './tasks.ts'
import { TOOLS } from './tools.ts'

const SYSTEM = `You are the back-office agent of Fjellheim, an outdoor shop with warehouses in Kassel, Bergen and Leeds. You work for colleagues, not for customers. Look before you act: read an order before you change it, and never guess a number that a tool can tell. Call tools that do not depend on each other at once. Refunds above 250 EUR, changes of more than 20 orders, and anything that cannot be undone go to a person as a task. When you are done, say in a few sentences what you found, what you did, and what is left open.`

const TOOLBOX = { definitions: TOOLS, tokens: tokensOf(JSON.stringify(TOOLS)) }

/** One request to the back-office agent: the model thinks and calls tools until it can answer. */
export function agentRequest({ random, weather, at }: { random: Random; weather: Weather; at: number }): Run[] {
  const colleague = person(random, 'emp')
  const task = random.weighted(TASKS.map((one) => [one, one.weight] as const))
  const played = task.play(newCase(random, person(random, 'cus'), at))
  const model = random.chance(0.7) ? 'claude-sonnet-4-5' : 'gpt-4.1'
  const scene: Scene = {
    ...{ app: 'order-agent', random, weather },
    sessionId: `task-${random.hex(10)}`,
    userId: colleague.userId,
    environment: random.chance(0.1) ? 'staging' : 'production',
    tags: { task: task.name, team: random.pick(['service', 'warehouse', 'finance', 'purchasing']) },
    metadata: { agent: 'order-agent', max_steps: 8 },
  }
  const run = new Recorder(scene, { name: 'order-agent', kind: 'agent', input: played.asks, at })
  const wrong = played.wrong !== undefined && random.chance(0.1)
  const { output, error, calls } = work(run, random, played, model, wrong)
  const finished = run.finish(output, error, { tool_calls: calls })
  return [{ ...finished, feedback: feedbackOn(random, { run: finished, poor: wrong, unhappy: false, rate: 0.1 }) }]
}

function work(run: Recorder, random: Random, played: Played, model: 'claude-sonnet-4-5' | 'gpt-4.1', wrong: boolean) {
  const messages: Message[] = [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: played.asks },
  ]
  let cached = 0
  let calls = 0
  const think = (reply: Message): string | null => {
    const error = run.model({
      name: 'think',
      model,
      messages: [...messages],
      reply,
      tools: TOOLBOX,
      cached,
      parameters: { temperature: 0.1, max_tokens: 1_500 },
    })
    cached = TOOLBOX.tokens + tokensOfMessages(messages)
    messages.push(reply)
    return error
  }
  for (const { thought, uses } of played.steps) {
    const called = uses.map((one) => ({ use: one, id: `call_${random.hex(12)}` }))
    const failed = think({
      role: 'assistant',
      content: thought,
      tool_calls: called.map(({ use: { name, args }, id }) => ({
        id,
        type: 'function',
        function: { name, arguments: JSON.stringify(args) },
      })),
    })
    if (failed !== null) return { output: null, error: failed, calls }
    for (const { use, id } of called) {
      calls += 1
      const error = callTool(run, random, use)
      if (error !== null) {
        const giveUp = `I could not finish this: ${use.name} does not answer (${error}). Nothing was changed after that step.`
        messages.push({ role: 'tool', content: `Error: ${error}`, tool_call_id: id })
        think({ role: 'assistant', content: giveUp })
        return { output: giveUp, error, calls }
      }
      messages.push({ role: 'tool', content: JSON.stringify(use.result), tool_call_id: id })
    }
  }
  const answer = wrong ? (played.wrong ?? played.answer) : played.answer
  const failed = think({ role: 'assistant', content: answer })
  return { output: failed === null ? answer : null, error: failed, calls }
}

/** A failed call is tried once more; the error of the second counts. */
function callTool(run: Recorder, random: Random, use: ToolUse): string | null {
  const ms = use.name === 'query_sales' ? 640 : use.name === 'get_carrier_report' ? 1_150 : 140
  const error = run.tool(use, ms)
  if (error === null || random.chance(0.4)) return error
  run.note('warn', `${use.name} failed and is called again`)
  return run.tool(use, ms)
}
