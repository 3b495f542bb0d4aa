import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../../errors.ts'
import { ownCommand, unpackPlaces } from '../../../parts.ts'
import type { ConsoleTask } from './messages.ts'

/** What came of a statement that ran. */
export interface ConsoleResult {
  rows: number
  truncated: boolean
  body: Buffer
}

interface Head {
  outcome: 'judged' | 'done' | 'refused' | 'too_large'
  message?: string
  position?: number | null
  rows?: number
  truncated?: boolean
}

const cancelled = () => new AppError('bad_request', 'The statement was cancelled.')

/** Besides what DuckDB may have, the process itself. */
const PROCESS_BYTES = 200 * 1024 * 1024

/** What one statement is to be run with. */
export interface ConsoleOrder {
  task: Omit<ConsoleTask, 'scratch' | 'places'>
  /** Makes the file of the tenant's own rows. Asked for once the statement was found to be one that may run. */
  file: () => Promise<string>
  /** The directory of the console. */
  home: string
  /** Milliseconds for judging it, and as many for running it; what making the file takes is not of them. */
  timeoutMs: number
  signal: AbortSignal
}

/**
 * Runs one statement in a process of its own, which is killed when it takes too long or is cancelled, and ends itself when it takes too
 * much memory, or the appliance is gone: DuckDB counts most of what it allocates against its limit, but a single function can ask for
 * gigabytes, and cannot be interrupted meanwhile.
 */
export async function runConsole(order: ConsoleOrder): Promise<ConsoleResult> {
  const { home } = order
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const scratch = mkdtempSync(path.join(home, 'run-'))
  mkdirSync(path.join(scratch, 'out'))
  try {
    return await inProcess({ ...order.task, scratch, places: unpackPlaces() }, order)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function inProcess(task: ConsoleTask, { file, timeoutMs, signal }: ConsoleOrder): Promise<ConsoleResult> {
  if (signal.aborted) throw cancelled()
  const [program, ...args] = ownCommand('sql-console')
  const child = spawn(program, [...args, String(task.memoryBytes + PROCESS_BYTES), String(process.pid)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Nothing of the appliance's environment: there may be secrets in it.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME },
  })
  let late = false
  const patience = () =>
    setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, timeoutMs)
  let timer = patience()
  const cancel = () => child.kill('SIGKILL')
  signal.addEventListener('abort', cancel)
  const told = new Told()
  let failed: Error | null = null
  let ended = false
  child.stdout.on('data', (piece: Buffer) => {
    if (!told.add(piece)) return
    clearTimeout(timer)
    file().then(
      (made) => {
        if (ended) return
        timer = patience()
        child.stdin.end(`${made}\n`)
      },
      (error: Error) => {
        failed = error
        child.kill('SIGKILL')
      },
    )
  })
  child.stdin.on('error', () => undefined)
  child.stdin.write(`${JSON.stringify(task)}\n`)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).finally(() => {
    ended = true
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  })
  if (signal.aborted) throw cancelled()
  if (failed) throw failed
  if (late) throw new AppError('out_of_range', `The statement ran longer than ${timeoutMs / 1000} s and was ended.`)
  if (code !== 0) throw new AppError('out_of_range', 'The statement took more memory than it may have and was ended.')
  return resultOf(told)
}

/** Throws what the statement was refused with. */
function resultOf(told: Told): ConsoleResult {
  const { head, body } = told.all()
  if (head.outcome === 'refused') {
    const fields = typeof head.position === 'number' ? { position: head.position } : {}
    throw new AppError('invalid_body', `sql: ${head.message ?? ''}`, { fields })
  }
  if (head.outcome === 'too_large') throw new AppError('out_of_range', head.message ?? '')
  return { rows: head.rows ?? 0, truncated: head.truncated ?? false, body }
}

/** What the process says: that the statement was judged, on a line of its own, if it may run; then a line about the result, and the result. */
class Told {
  #pieces: Buffer[] = []
  #begun = false

  /** True once: when the file is waited for. */
  add(piece: Buffer): boolean {
    this.#pieces.push(piece)
    if (this.#begun) return false
    const all = Buffer.concat(this.#pieces)
    const end = all.indexOf(LINE_FEED)
    if (end < 0) return false
    this.#begun = true
    if (headOf(all.subarray(0, end)).outcome !== 'judged') return false
    this.#pieces = [all.subarray(end + 1)]
    return true
  }

  all(): { head: Head; body: Buffer } {
    const all = Buffer.concat(this.#pieces)
    const end = all.indexOf(LINE_FEED)
    return { head: headOf(all.subarray(0, end)), body: all.subarray(end + 1) }
  }
}

const LINE_FEED = 10
const headOf = (line: Buffer): Head => JSON.parse(line.toString()) as Head
