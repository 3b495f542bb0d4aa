import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UsageError } from './command.ts'

/** The switch of every command that wants a password: never on the command line, where others may read it. */
export const passwordOption = {
  type: 'string',
  value: 'FILE',
  help: 'its first line is the password; - reads standard input',
} as const

const SHORTEST = 10
const LONGEST = 1_000

/** A password that may be used: from the file, else as configured, else asked for on a terminal. */
export async function passwordFrom(
  file: string | undefined,
  configured: string | null,
  command: string,
): Promise<string> {
  const password = await given(file, configured, command)
  if (password.length < SHORTEST) throw new UsageError(`The password must have ${SHORTEST} characters or more`)
  if (password.length > LONGEST) throw new UsageError(`The password must have ${LONGEST} characters or fewer`)
  return password
}

async function given(file: string | undefined, configured: string | null, command: string): Promise<string> {
  if (file !== undefined) return readFileSync(file === '-' ? 0 : file, 'utf8').split(/\r?\n/)[0] ?? ''
  if (configured !== null) return configured
  if (!process.stdin.isTTY)
    throw new UsageError(`trulayer ${command} needs --password-file FILE where there is no terminal to ask on`)
  return ask('Password: ')
}

/** Asks on the terminal without showing what is typed. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
