import { UsageError } from './commands/command.ts'
import { runCommand } from './commands/index.ts'
import { OperatorError } from './errors.ts'

/** A file that cannot be read, a name that is not known: its message names it, and whoever reads it can put it right. */
const isOfSystem = (error: unknown): boolean => error instanceof Error && 'syscall' in error

// Whoever reads what a command prints may have read enough, as `head` has.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: Error) => {
    if ((error as { code?: string }).code !== 'EPIPE') throw error
    process.exit(1)
  })
}

// Without anything left to wait for, Node would end with 0, as if all were done.
process.once('beforeExit', () => {
  process.stderr.write('The command ended before it was done, which is a fault of TruLayer; please report it.\n')
  process.exit(1)
})

runCommand(process.argv.slice(2)).then(
  // What was written into a pipe must have gone before the end.
  (code) => process.stdout.write('', () => process.exit(code)),
  (error: unknown) => {
    const known = error instanceof OperatorError || isOfSystem(error)
    process.stderr.write(known ? `${(error as Error).message}\n` : `${(error as Error).stack ?? String(error)}\n`)
    process.exit(error instanceof UsageError ? 2 : 1)
  },
)
