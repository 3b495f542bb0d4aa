import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

export const API_KEY = 'tl_appliance_appliance_appliance'
export const EXECUTABLE = path.resolve(import.meta.dirname, '../../dist/trulayer')
/** Where the executables of all tests unpack what they carry: it is named by what it holds, so one place does for all. */
const CACHE = path.join(tmpdir(), 'trulayer-tests-cache')
const READY_WITHIN_MS = 15_000

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
  /** Milliseconds from the signal that asked for it, or from the start, to the end. */
  ms: number
}

export interface ApplianceOptions {
  /** The data directory; a fresh one if it is not given. */
  dir?: string
  env?: Record<string, string>
  /** A program that runs the executable, with its arguments. It must become the executable, so that signals reach that. */
  under?: readonly string[]
}

/** Whatever a test leaves behind dies with the test process, however that ends. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * The executable, as a process of its own and as a service manager runs it: nothing of it is in this process, so it can be
 * killed, starved and restarted. It ends with the test that started it.
 */
export class Appliance {
  readonly dir: string
  readonly #env: Record<string, string>
  readonly #under: readonly string[]
  #child: ChildProcess
  #ended: Promise<Exit>
  /** Everything it printed, over all restarts. */
  output = ''
  url = ''

  private constructor({ dir, env = {}, under = [] }: ApplianceOptions) {
    this.dir = dir ?? temporaryDir()
    this.#env = env
    this.#under = under
    ;({ child: this.#child, ended: this.#ended } = this.#spawn())
    onTestFinished(() => this.kill().then(() => undefined))
  }

  /** Answers once it says that it is ready. */
  static async start(options: ApplianceOptions = {}): Promise<Appliance> {
    const appliance = new Appliance(options)
    await appliance.#ready()
    return appliance
  }

  /** For a start that is to fail: answers how it ended, and what it said. */
  static async startToFail(options: ApplianceOptions = {}): Promise<Exit & { output: string }> {
    const appliance = new Appliance(options)
    const failed = appliance.#ready().then(
      () => Promise.reject(new Error(`It started, though it was not to:\n${appliance.output}`)),
      () => appliance.#ended,
    )
    return { ...(await failed), output: appliance.output }
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('The server has no process.')
    return pid
  }

  /** How it ends; pending as long as it runs. */
  get ended(): Promise<Exit> {
    return this.#ended
  }

  /** `kill -9`: it learns nothing of it. */
  kill(): Promise<Exit> {
    return this.#signal('SIGKILL')
  }

  /** As a service manager stops it. */
  term(): Promise<Exit> {
    return this.#signal('SIGTERM')
  }

  /** Starts it again on the same data, after `kill` or `term`. */
  async start(): Promise<void> {
    await this.#ended
    ;({ child: this.#child, ended: this.#ended } = this.#spawn())
    await this.#ready()
  }

  /** Resident memory in MiB, now and at the most so far. */
  memory(): { now: number; peak: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
    return { now: field('VmRSS'), peak: field('VmHWM') }
  }

  /**
   * No file of it may grow beyond so many bytes from now on: the kernel fails the write with EFBIG, as it does with ENOSPC on a full
   * disk, so that SQLite's real failure paths run. Works for an unprivileged user; null lifts it. Node ignores SIGXFSZ.
   */
  limitFileSize(bytes: number | null): void {
    execFileSync('prlimit', ['--pid', String(this.pid), `--fsize=${bytes ?? 'unlimited'}:`])
  }

  async #signal(signal: NodeJS.Signals): Promise<Exit> {
    const began = performance.now()
    this.#child.kill(signal)
    const exit = await this.#ended
    return { ...exit, ms: performance.now() - began }
  }

  #spawn(): { child: ChildProcess; ended: Promise<Exit> } {
    const began = performance.now()
    const [program = EXECUTABLE, ...args] = [...this.#under, EXECUTABLE, 'serve']
    const child = spawn(program, args, {
      cwd: this.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment(this.dir, this.#env),
    })
    running.add(child)
    const ended = new Promise<Exit>((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child)
        resolve({ code, signal, ms: performance.now() - began })
      })
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (piece: Buffer) => {
        this.output += piece.toString()
      })
    }
    return { child, ended }
  }

  /** Waits for the line of the log that names the address. */
  async #ready(): Promise<void> {
    const { stdout } = this.#child
    if (!stdout) throw new Error('The server has no output.')
    const lines = createInterface({ input: stdout })
    const url = new Promise<string>((resolve) => {
      lines.on('line', (line) => {
        const found = urlIn(line)
        if (found !== null) resolve(found)
      })
    })
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`It was not ready in time:\n${this.output}`)), READY_WITHIN_MS)
    })
    const died = this.#ended.then(({ code, signal }) => {
      throw new Error(`It ended with ${code ?? signal}:\n${this.output}`)
    })
    try {
      this.url = await Promise.race([url, died, tooLate])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Nothing of the caller's environment but the path: a TRULAYER_ variable of the developer must not change what is tested. */
export const environment = (dir: string, env: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  XDG_CACHE_HOME: CACHE,
  TRULAYER_DATA_DIR: path.join(dir, 'data'),
  TRULAYER_PORT: '0',
  TRULAYER_API_KEY: API_KEY,
  TRULAYER_OWNER_EMAIL: 'owner@example.com',
  TRULAYER_OWNER_PASSWORD: 'correct horse battery',
  ...env,
})

function urlIn(line: string): string | null {
  try {
    const { msg, url } = JSON.parse(line) as { msg?: unknown; url?: unknown }
    return msg === 'ready' && typeof url === 'string' ? url : null
  } catch {
    return null
  }
}

/** A directory that goes with the test. */
export function temporaryDir(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'trulayer-appliance-'))
  // Callbacks run last first: this one is registered before the process that uses the directory, so it runs after its end.
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
