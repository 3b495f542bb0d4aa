import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Config, schema } from './config-schema.ts'
import { OperatorError } from './errors.ts'

export type { Config } from './config-schema.ts'

/** The configuration cannot be used; the message names the file, the key and what is wrong. */
export class ConfigError extends OperatorError {
  override name = 'ConfigError'
}

/** Short names that scripts rely on. Every other single value has one made of its path: `TRULAYER_INGEST_MAX_BODY_BYTES`. */
const ALIASES: Record<string, string> = {
  TRULAYER_HOST: 'server.host',
  TRULAYER_PORT: 'server.port',
  TRULAYER_API_KEY: 'owner.api_key',
}

export interface LoadedConfig {
  config: Config
  /** Where it was read from; null when there is no file. */
  file: string | null
  /** `TRULAYER_*` variables that mean nothing here, worth a line in the log. */
  unknownVariables: string[]
}

/**
 * Reads the configuration. `env.TRULAYER_CONFIG` names the file, which must then exist; else `config.yaml` in `cwd`, if there is one.
 * Throws `ConfigError` at the first file that cannot be read, unknown key or bad value.
 */
export function loadConfig(env: Record<string, string | undefined>, cwd: string): LoadedConfig {
  const named = env.TRULAYER_CONFIG
  const file = path.resolve(cwd, named ?? 'config.yaml')
  const fromFile = named !== undefined || existsSync(file) ? readYaml(file) : undefined
  const { tree, unknownVariables } = withVariables(fromFile ?? {}, env)
  const result = schema.safeParse(tree)
  if (!result.success) throw new ConfigError(explain(result.error, fromFile === undefined ? null : file))
  const config = result.data
  return {
    config: { ...config, data_dir: path.resolve(cwd, config.data_dir) },
    file: fromFile === undefined ? null : file,
    unknownVariables,
  }
}

/** The schema's defaults: for tests and for the documentation check. */
export const defaultConfig = (): Config => schema.parse({})

function readYaml(file: string): Record<string, unknown> {
  let tree: unknown
  try {
    tree = parse(readFileSync(file, 'utf8')) ?? {}
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as Error).message}`)
  }
  if (typeof tree !== 'object' || Array.isArray(tree)) throw new ConfigError(`${file} must hold a map of settings.`)
  return tree as Record<string, unknown>
}

function withVariables(file: Record<string, unknown>, env: Record<string, string | undefined>) {
  const tree = structuredClone(file)
  const unknownVariables: string[] = []
  const leafOf = new Map(leaves(schema))
  const paths = new Map([...leafOf.keys()].map((p) => [`TRULAYER_${p.replaceAll('.', '_').toUpperCase()}`, p]))
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('TRULAYER_') || name === 'TRULAYER_CONFIG' || text === undefined || text === '') continue
    const at = ALIASES[name] ?? paths.get(name)
    if (at === undefined) unknownVariables.push(name)
    else set(tree, at.split('.'), textValue(text, leafOf.get(at)))
  }
  return { tree, unknownVariables }
}

/** The settings that hold one value, by dotted path (`prices` is a list and lives in the file only). */
function* leaves(node: z.ZodType, prefix = ''): Generator<[string, z.ZodType]> {
  const inner = unwrap(node)
  if (inner instanceof z.ZodObject) {
    for (const [key, child] of Object.entries(inner.shape))
      yield* leaves(child as z.ZodType, prefix ? `${prefix}.${key}` : key)
  } else if (!(inner instanceof z.ZodArray)) {
    yield [prefix, inner]
  }
}

function unwrap(node: z.ZodType): z.ZodType {
  let at = node
  while (
    at instanceof z.ZodDefault ||
    at instanceof z.ZodPrefault ||
    at instanceof z.ZodNullable ||
    at instanceof z.ZodOptional
  ) {
    at = at.unwrap() as z.ZodType
  }
  return at
}

/** A variable is text: where the setting is a number or a boolean it is read as such, so that the schema can judge it. */
function textValue(text: string, leaf: z.ZodType | undefined): string | number | boolean {
  if (leaf instanceof z.ZodUnion) {
    const options = leaf.options as z.ZodType[]
    return options.map((option) => textValue(text, option)).find((value) => typeof value !== 'string') ?? text
  }
  if (leaf instanceof z.ZodBoolean && (text === 'true' || text === 'false')) return text === 'true'
  return leaf instanceof z.ZodNumber && /^-?\d{1,15}$/.test(text) ? Number(text) : text
}

function set(tree: Record<string, unknown>, [key, ...rest]: string[], value: unknown): void {
  if (key === undefined) return
  if (rest.length === 0) {
    tree[key] = value
    return
  }
  const child = tree[key]
  const next = typeof child === 'object' && child !== null ? (child as Record<string, unknown>) : {}
  tree[key] = next
  set(next, rest, value)
}

function explain(error: z.ZodError, file: string | null): string {
  const lines = error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return `unknown key ${issue.keys.map((key) => [...issue.path, key].join('.')).join(', ')}`
    }
    return `${issue.path.join('.')}: ${issue.message}`
  })
  return `The configuration${file ? ` in ${file}` : ''} is wrong: ${lines.join('; ')}. See config.example.yaml.`
}
