import { type ChildProcess, fork } from 'node:child_process'
import type { Size } from './traces.ts'

/** As the SDKs of the product send it, or as OTLP in protobuf. */
export type Format = 'native' | 'otlp'

/** What the load process is told. */
export interface LoadOptions {
  url: string
  apiKey: string
  format: Format
  size: Size
  connections: number
  /** Ends after so long, or after so many traces, or when told to. */
  seconds: number | null
  traces: number | null
  /** Traces a second; null: as many as it can. */
  perSecond: number | null
  /** With `traces`: their start times are spread evenly over so long before now. */
  spreadMs: number
}

/** What the process gets: the options, and when it was started (milliseconds since the epoch). */
export type LoadOrder = LoadOptions & { startedAt: number }

export type ToLoad = 'stop'

export interface LoadReport {
  acknowledged: number
  refused: number
  ms: number
  /** Milliseconds from the start of the process to the first request. */
  startMs: number
  /** Of JSON, on average. */
  bytesPerTrace: number
  /** Processor time of the load process itself. */
  cpuMs: number
  /** Milliseconds from sending a batch to its answer. */
  latencies: number[]
  /** The last trace that each connection had acknowledged. */
  lastIds: string[]
}

export const LOAD: Omit<LoadOptions, 'url' | 'apiKey'> = {
  format: 'native',
  size: 'full',
  connections: 8,
  seconds: null,
  traces: null,
  perSecond: null,
  spreadMs: 0,
}

export interface RunningLoad {
  done: Promise<LoadReport>
  stop(): Promise<LoadReport>
}

/** Starts the load process. */
export function startLoad(options: LoadOptions): RunningLoad {
  const child = fork(new URL('./load.ts', import.meta.url), [
    JSON.stringify({ ...options, startedAt: Date.now() } satisfies LoadOrder),
  ])
  const done = reportOf<LoadReport>(child)
  return {
    done,
    stop: () => {
      child.send('stop' satisfies ToLoad)
      return done
    },
  }
}

/** The one message that a child process sends. Rejects when it ends without it. */
export function reportOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the child process ended with ${code} and no report`)))
  })
}
