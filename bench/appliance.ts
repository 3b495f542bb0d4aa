import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'

export const API_KEY = 'tl_bench_bench_bench_bench_bench'
const ROOT = path.resolve(import.meta.dirname, '..')

/** A fresh directory on the project's disk, because a file system in memory would measure something else. */
export function benchDir(): string {
  const data = path.join(ROOT, 'data')
  mkdirSync(data, { recursive: true })
  return mkdtempSync(path.join(data, 'bench-'))
}

export interface ApplianceOptions {
  dir: string
  /** Where the built server lies. */
  dist: string
  /** Extra flags for node, such as `--cpu-prof`. */
  nodeFlags: readonly string[]
  env: Record<string, string>
  /** The single executable, to be started instead of the bundle. */
  executable?: string
}

/** The built server as a user starts it, with a key and no person. */
export class Appliance {
  readonly url: string
  readonly dir: string
  /** Milliseconds from starting the process to its "ready". */
  readonly readyMs: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string, dir: string, readyMs: number) {
    this.#child = child
    this.url = url
    this.dir = dir
    this.readyMs = readyMs
  }

  static start({ dir, dist, nodeFlags, env, executable }: ApplianceOptions): Promise<Appliance> {
    const began = performance.now()
    const [program, args] = executable
      ? [path.resolve(executable), []]
      : [process.execPath, [...nodeFlags, path.resolve(dist, 'main.js')]]
    const child = spawn(program, args, {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        // As the service, the image and `npm start` have it.
        MALLOC_ARENA_MAX: '4',
        ...process.env,
        TRULAYER_DATA_DIR: path.join(dir, 'data'),
        TRULAYER_PORT: '0',
        TRULAYER_API_KEY: API_KEY,
        TRULAYER_LOG_LEVEL: 'info',
        ...env,
      },
    })
    // However the bench ends.
    const kill = () => child.kill('SIGKILL')
    process.once('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    let said = ''
    child.stderr.on('data', (piece: Buffer) => {
      said = (said + piece.toString()).slice(-4000)
    })
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)))
      createInterface({ input: child.stdout }).on('line', (line) => {
        const { url, level, msg } = logLine(line)
        if (url !== undefined) resolve(new Appliance(child, url, path.join(dir, 'data'), performance.now() - began))
        else if (level >= 40) console.error(`server: ${msg}`)
      })
    })
  }

  /** Megabytes of memory, now and at the most so far. */
  memory(): { now: number; peak: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
    return { now: field('VmRSS'), peak: field('VmHWM') }
  }

  /** Seconds of processor time so far. */
  cpuSeconds(): number {
    const [user, system] = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(' ').slice(13, 15).map(Number)
    return ((user ?? 0) + (system ?? 0)) / 100
  }

  /** Stops it as a service manager does; the write-ahead log is folded into the file then. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve())
      this.#child.kill('SIGTERM')
    })
  }
}

function logLine(line: string): { url?: string; level: number; msg: string } {
  try {
    return JSON.parse(line) as { url?: string; level: number; msg: string }
  } catch {
    return { level: 0, msg: line }
  }
}

/** Does `run` with an appliance over an empty directory, which both go afterwards. */
export async function withAppliance(
  options: Omit<ApplianceOptions, 'dir'>,
  run: (appliance: Appliance) => Promise<void>,
): Promise<void> {
  const dir = benchDir()
  try {
    const appliance = await Appliance.start({ ...options, dir })
    await run(appliance).finally(() => appliance.stop())
  } finally {
    remove(dir)
  }
}

export const remove = (dir: string): void => rmSync(dir, { recursive: true, force: true })
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** One call with the key; the answer's body read whole. */
export async function get(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { headers: { Authorization: `Bearer ${API_KEY}`, ...headers } })
  return { status: response.status, text: await response.text() }
}
