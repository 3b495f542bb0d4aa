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
  outcome: 'done' | 'refused' | 'too_large'
  message?: string
  position?: number | null
  rows?: number
  truncated?: boolean
}

const cancelled = () => new AppError('bad_request', 'The statement was cancelled.')

/** Besides what DuckDB may have, the process itself. */
const PROCESS_BYTES = 200 * 1024 * 1024

/**
 * Runs one statement in a process of its own, which is killed when it takes too long or is cancelled, and ends itself when it takes too
 * much memory, or the appliance is gone: DuckDB counts most of what it allocates against its limit, but a single function can ask for
 * gigabytes, and cannot be interrupted meanwhile.
 */
export async function runConsole(
  task: Omit<ConsoleTask, 'scratch' | 'places'>,
  home: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ConsoleResult> {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const scratch = mkdtempSync(path.join(home, 'run-'))
  mkdirSync(path.join(scratch, 'out'))
  try {
    return await inProcess({ ...task, scratch, places: unpackPlaces() }, timeoutMs, signal)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function inProcess(task: ConsoleTask, timeoutMs: number, signal: AbortSignal): Promise<ConsoleResult> {
  if (signal.aborted) throw cancelled()
  const [program, ...args] = ownCommand('sql-console')
  const child = spawn(program, [...args, String(task.memoryBytes + PROCESS_BYTES), String(process.pid)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Nothing of the appliance's environment: there may be secrets in it.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME },
  })
  const pieces: Buffer[] = []
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, timeoutMs)
  const cancel = () => child.kill('SIGKILL')
  signal.addEventListener('abort', cancel)
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(task))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
      if (signal.aborted) return reject(cancelled())
      if (late)
        return reject(
          new AppError('out_of_range', `The statement ran longer than ${timeoutMs / 1000} s and was ended.`),
        )
      if (code !== 0)
        return reject(new AppError('out_of_range', 'The statement took more memory than it may have and was ended.'))
      const all = Buffer.concat(pieces)
      const end = all.indexOf(10)
      const head = JSON.parse(all.subarray(0, end).toString()) as Head
      if (head.outcome === 'refused') {
        const fields = typeof head.position === 'number' ? { position: head.position } : {}
        return reject(new AppError('invalid_body', `sql: ${head.message ?? ''}`, { fields }))
      }
      if (head.outcome === 'too_large') return reject(new AppError('out_of_range', head.message ?? ''))
      resolve({ rows: head.rows ?? 0, truncated: head.truncated ?? false, body: all.subarray(end + 1) })
    })
  })
}
