import { type ExecFileException, execFile } from 'node:child_process'
import { EXECUTABLE, environment } from './process.ts'

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  env?: Record<string, string>
  /** Given on standard input. */
  input?: string
  /** A program that runs the executable, with its arguments: `['prlimit', '--fsize=1000']`. */
  under?: readonly string[]
}

/** Runs `trulayer <args>` on the data directory of `dir`, to its end. */
export function run(dir: string, args: readonly string[], { env, input, under = [] }: RunOptions = {}): Promise<Ran> {
  const [program = EXECUTABLE, ...rest] = [...under, EXECUTABLE, ...args]
  return new Promise((resolve) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string): void =>
      resolve({ code: error ? ((error.code as number | undefined) ?? null) : 0, stdout, stderr })
    const child = execFile(program, rest, { cwd: dir, env: environment(dir, env), maxBuffer: 64 << 20 }, done)
    child.stdin?.end(input ?? '')
  })
}

/** The document that a command with `--json` printed. */
export async function runJson<T>(dir: string, args: readonly string[], options: RunOptions = {}): Promise<T> {
  const { code, stdout, stderr } = await run(dir, [...args, '--json'], options)
  if (code !== 0) throw new Error(`trulayer ${args.join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as T
}
