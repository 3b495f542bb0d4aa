import { VERSION } from '../version.ts'
import { backup } from './backup.ts'
import { type Command, UsageError } from './command.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { health } from './health.ts'
import { licenses } from './licenses.ts'
import { password } from './password.ts'
import { rebuild } from './rebuild.ts'
import { restore } from './restore.ts'
import { serve } from './serve.ts'
import { setup } from './setup.ts'
import { sqlConsole } from './sql-console.ts'
import { verifyAudit } from './verify-audit.ts'
import { version } from './version.ts'

/** Every command, in the order of `trulayer --help`. */
export const COMMANDS: readonly Command[] = [
  serve,
  setup,
  password,
  backup,
  restore,
  doctor,
  verifyAudit,
  rebuild,
  health,
  demo,
  licenses,
  sqlConsole,
  version,
]

const HELP_FLAGS = new Set(['--help', '-h', 'help'])

/** Runs `trulayer <argv>`; resolves to the exit code: 0 done, 1 not done, 2 not understood. Without a command it serves. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const [name = 'serve', ...rest] = argv
  if (HELP_FLAGS.has(name)) return show(rest[0] === undefined ? overview() : named(rest[0]).help)
  if (name === '--version' || name === '-v') return version.run([])
  const command = name.startsWith('-') ? serve : named(name)
  const args = command.name === name ? rest : argv
  if (args.some((arg) => arg === '--help' || arg === '-h')) return show(command.help)
  return command.run(args)
}

function named(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name)
  if (!found) throw new UsageError(`There is no command ${name}; trulayer --help shows them`)
  return found
}

function show(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

const overview = (): string => `trulayer ${VERSION}

${COMMANDS.filter(({ internal }) => !internal)
  .map(({ usage, summary }) => `  trulayer ${usage.padEnd(25)} ${summary}`)
  .join('\n')}

trulayer COMMAND --help says more of each. Without a command it serves. Exit codes: 0 done, 1 not done, 2 not understood.
Settings come from config.yaml (or the file that TRULAYER_CONFIG names) and TRULAYER_* variables; config.example.yaml explains each.`
