import { VERSION } from '../version.ts'
import { type Command, UsageError } from './command.ts'

/** Every command, in the order of `trulayer --help`. Loaded when it is asked for: most are done before what one other needs is loaded. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  serve: async () => (await import('./serve.ts')).serve,
  setup: async () => (await import('./setup.ts')).setup,
  password: async () => (await import('./password.ts')).password,
  backup: async () => (await import('./backup.ts')).backup,
  restore: async () => (await import('./restore.ts')).restore,
  doctor: async () => (await import('./doctor.ts')).doctor,
  'verify-audit': async () => (await import('./verify-audit.ts')).verifyAudit,
  rebuild: async () => (await import('./rebuild.ts')).rebuild,
  health: async () => (await import('./health.ts')).health,
  demo: async () => (await import('./demo.ts')).demo,
  licenses: async () => (await import('./licenses.ts')).licenses,
  'sql-console': async () => (await import('./sql-console.ts')).sqlConsole,
  version: async () => (await import('./version.ts')).version,
}

export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS)

const HELP_FLAGS = new Set(['--help', '-h', 'help'])

/** Runs `trulayer <argv>`; resolves to the exit code: 0 done, 1 not done, 2 not understood. Without a command it serves. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const [name = 'serve', ...rest] = argv
  if (HELP_FLAGS.has(name)) return show(rest[0] === undefined ? await overview() : (await named(rest[0])).help)
  if (name === '--version' || name === '-v') return (await named('version')).run([])
  const command = await named(name.startsWith('-') ? 'serve' : name)
  const args = command.name === name ? rest : argv
  if (args.some((arg) => arg === '--help' || arg === '-h')) return show(command.help)
  return command.run(args)
}

async function named(name: string): Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!load) throw new UsageError(`There is no command ${name}; trulayer --help shows them`)
  return load()
}

function show(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

const overview = async (): Promise<string> => `trulayer ${VERSION}

${(await Promise.all(COMMAND_NAMES.map(named)))
  .filter(({ internal }) => !internal)
  .map(({ usage, summary }) => `  trulayer ${usage.padEnd(25)} ${summary}`)
  .join('\n')}

trulayer COMMAND --help says more of each. Without a command it serves. Exit codes: 0 done, 1 not done, 2 not understood.
Settings come from config.yaml (or the file that TRULAYER_CONFIG names) and TRULAYER_* variables; config.example.yaml explains each.`
