import { writeFileSync } from 'node:fs'
import { platform } from 'node:os'
import type { Readable } from 'node:stream'
import { unpackAt } from '../parts.ts'
import type { ConsoleOutcome, ConsoleTask, FromConsole } from '../storage/analytics/console/messages.ts'
import { startThread } from '../storage/threads.ts'
import { command } from './command.ts'

const LOOK_MS = 20

/**
 * Runs one statement of the SQL console; started by the appliance, with the task on standard input, and the file to run it on once it has said that
 * it was judged. Not for people.
 */
export const sqlConsole = command({
  name: 'sql-console',
  args: ['MEMORY', 'APPLIANCE'],
  summary: 'Run one statement of the SQL console (started by the appliance itself)',
  internal: true,
  run: async ({ args: [memory = '', appliance = ''] }) => {
    beTakenFirst()
    // Memory that DuckDB does not count is counted here, and nobody waits for an answer whose appliance is gone. There is nothing to lose.
    setInterval(() => {
      const gone = process.ppid !== Number(appliance)
      if (gone || process.memoryUsage.rss() > Number(memory)) process.kill(process.pid, 'SIGKILL')
    }, LOOK_MS).unref()
    const lines = linesOf(process.stdin)
    const task = JSON.parse((await lines.next()).value ?? '') as ConsoleTask
    unpackAt(task.places)
    const outcome = await new Promise<ConsoleOutcome>((resolve, reject) => {
      const thread = startThread('console-thread', task)
      thread.on('message', (message: FromConsole) => {
        if (message.outcome !== 'judged') return resolve(message)
        process.stdout.write(`${JSON.stringify(message)}\n`)
        lines.next().then(({ value: file }) => thread.postMessage(file), reject)
      })
      thread.once('error', reject)
    })
    const { body, ...head } = outcome.outcome === 'done' ? outcome : { ...outcome, body: new Uint8Array() }
    await new Promise((done) => process.stdout.write(`${JSON.stringify(head)}\n`, done))
    await new Promise((done) => process.stdout.write(body, done))
    return 0
  },
})

/** What ends with a line feed, piece by piece: other characters that end lines may be in a statement. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding('utf8')
  let rest = ''
  for await (const piece of stream) {
    const [last = '', ...lines] = `${rest}${piece}`.split('\n').toReversed()
    rest = last
    yield* lines.toReversed()
  }
}

/** Where memory runs out before that is noticed, the kernel ends this process, and not the appliance beside it. */
function beTakenFirst(): void {
  if (platform() !== 'linux') return
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // A system that does not let it; the kernel goes by size then.
  }
}
