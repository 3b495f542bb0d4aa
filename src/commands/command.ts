import { parseArgs } from 'node:util'
import { OperatorError } from '../errors.ts'

/** What a command was asked in a way that it cannot follow. Exit code 2, as of shells and `getopt`. */
export class UsageError extends OperatorError {
  override name = 'UsageError'
}

/** The command was understood and could not be done; the message says why and what to do. Exit code 1. */
export class CommandError extends OperatorError {
  override name = 'CommandError'
}

interface Option {
  /** `boolean`: a switch. `string`: takes a value, called `value` in the help. */
  type: 'boolean' | 'string'
  value?: string
  help: string
}

type Options = Record<string, Option>
type Values<O extends Options> = {
  [K in keyof O]: O[K]['type'] extends 'boolean' ? boolean : string | undefined
}

export interface Invocation<O extends Options> {
  values: Values<O>
  /** Exactly as many as the command names. */
  args: readonly string[]
}

interface Definition<O extends Options> {
  name: string
  /** One line, for `trulayer --help`. */
  summary: string
  /** Started by the appliance itself, and of no use to people: left out of `trulayer --help`. */
  internal?: boolean
  /** The names of what follows the command: `['FILE']`. */
  args?: readonly string[]
  options?: O
  /** Paragraphs for the command's own help. */
  details?: string
  /** Resolves to the exit code. */
  run(invocation: Invocation<O>): Promise<number>
}

export interface Command {
  name: string
  /** The name with what must follow it: `backup FILE`. */
  usage: string
  summary: string
  internal: boolean
  help: string
  run(argv: readonly string[]): Promise<number>
}

/** One command: reads its arguments strictly, so that a misspelt option is never passed over. */
export function command<const O extends Options>(definition: Definition<O>): Command {
  const { name, summary, internal = false, args = [], options = {} as O } = definition
  const run = async (argv: readonly string[]): Promise<number> => {
    const { values, positionals } = parse(argv, options)
    if (positionals.length !== args.length) {
      throw new UsageError(
        args.length === 0 ? `trulayer ${name} takes no ${positionals[0]}` : `trulayer ${name} needs ${args.join(' ')}`,
      )
    }
    const given = Object.fromEntries(
      Object.entries(options).map(([key, { type }]) => [key, values[key] ?? (type === 'boolean' ? false : undefined)]),
    )
    return definition.run({ values: given as Values<O>, args: positionals })
  }
  return { name, usage: [name, ...args].join(' '), summary, internal, help: helpOf(definition), run }
}

function parse(argv: readonly string[], options: Options) {
  const types = Object.fromEntries(Object.entries(options).map(([key, { type }]) => [key, { type }]))
  try {
    return parseArgs({ args: [...argv], options: types, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function helpOf<O extends Options>({ name, summary, args = [], options, details }: Definition<O>): string {
  const flags = Object.entries(options ?? {}).map(([key, option]) => {
    const flag = `--${key}${option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : ''}`
    return `  ${flag.padEnd(24)} ${option.help}`
  })
  const usage = ['trulayer', name, ...args, ...(flags.length > 0 ? ['[options]'] : [])].join(' ')
  return [
    usage,
    '',
    `${summary}.`,
    ...(details ? ['', details] : []),
    ...(flags.length > 0 ? ['', ...flags] : []),
    '',
  ].join('\n')
}

/** The answer of a command: text for people, or one JSON document for programs. */
export function print(asJson: boolean, data: unknown, text: string): void {
  process.stdout.write(asJson ? `${JSON.stringify(data)}\n` : `${text}\n`)
}

/** The switch of every command that prints data. */
export const jsonOption = { type: 'boolean', help: 'print one JSON document' } as const
