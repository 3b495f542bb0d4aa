import { createHash } from 'node:crypto'
import { closeSync, existsSync, lstatSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { getRawAsset, isSea } from 'node:sea'
import { fileURLToPath } from 'node:url'
import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads'
import { OperatorError } from './errors.ts'
import { makeDir } from './make-dir.ts'

/**
 * What the program ships beside its main script: threads, pages, native add-ons. Run from the sources or from `dist/` they are files and
 * packages; in the single executable they are inside of it. What must be a file to be used (a native library, a page) is then written once
 * to a private directory that is named by what it holds, and held against its hash before each use.
 */

/** Assets of the executable, by directory: `addons/better_sqlite3.node`. Written by `build/executable.ts` as the asset `manifest.json`. */
export interface Manifest {
  [directory: string]: {
    /** SHA-256 of the directory's files: the name under which it is kept. */
    id: string
    files: { name: string; sha256: string }[]
  }
}

/** A part of the program cannot be put where it is needed; the message says what to do. */
export class PartsError extends OperatorError {
  override name = 'PartsError'
}

/** True in the single executable. */
export const packed: boolean = isSea()

const PLACES = 'trulayer.cachePlaces'

/**
 * Where parts may be written, best first: the user's cache directory, then the data directory. Holds for threads started later too.
 * Without it nothing can be unpacked, so `main.ts` calls it before anything else of the program runs.
 */
export function unpackInto(env: Record<string, string | undefined>, dataDir: string): void {
  const cache = env.XDG_CACHE_HOME || (env.HOME ? path.join(env.HOME, '.cache') : undefined)
  unpackAt([...(cache ? [path.join(cache, 'trulayer')] : []), path.join(dataDir, 'cache')])
}

/** The same, for a process that another one started and told its own `unpackPlaces`. */
export function unpackAt(places: readonly string[]): void {
  setEnvironmentData(PLACES, [...places])
}

export const unpackPlaces = (): string[] => (getEnvironmentData(PLACES) ?? []) as string[]

/** The script of a thread: a file, or in the executable its text. */
export function threadScript(name: string): { file: string } | { code: string } {
  if (packed) return { code: asset(`threads/${name}.js`).toString('utf8') }
  const file = nearby(`${name}.js`)
  if (!file) throw new PartsError(`${name}.js is not built: run npm run build`)
  return { file }
}

/** How this program starts itself with a command: the executable, or `node` with the main script. */
export function ownCommand(name: string): [program: string, ...args: string[]] {
  if (packed) return [process.execPath, name]
  const main = nearby('main.js')
  if (!main) throw new PartsError('main.js is not built: run npm run build')
  return [process.execPath, main, name]
}

/** The directory that holds the pages. */
export function pagesDir(): string {
  if (packed) return unpack('ui')
  // Beside the sources lie those of the pages, without assets.
  const assets = nearby('ui/assets')
  if (!assets) throw new PartsError('The pages are not built: run npm run build')
  return path.dirname(assets)
}

/** The licences of the packages inside, as text. */
export function licensesText(): string {
  if (packed) return asset('licenses.txt').toString('utf8')
  const file = nearby('licenses.txt')
  if (!file) throw new PartsError('The licences are not collected: run npm run build')
  return readFileSync(file, 'utf8')
}

const MAC = process.platform === 'darwin'
/** What each add-on needs beside it: DuckDB's finds its library in its own directory. */
const ADDONS = {
  'better_sqlite3.node': [],
  'duckdb.node': [`libduckdb.${MAC ? 'dylib' : 'so'}`],
} as const

/** A native add-on of the executable, loaded; undefined outside of it, where the package finds its own. */
export function nativeAddon(file: keyof typeof ADDONS): object | undefined {
  if (!packed) return undefined
  const module: { exports: object } = { exports: {} }
  unpack('addons', [...ADDONS[file], file], (dir) => process.dlopen(module, path.join(dir, file)))
  return module.exports
}

/** Loads the SQLite extension for vectors: `load` is given its file, and may be again, from another place, when it throws. */
export function loadVectorExtension(load: (file: string) => void): void {
  const file = `vec0.${MAC ? 'dylib' : 'so'}`
  if (packed) unpack('addons', [file], (dir) => load(path.join(dir, file)))
  else load(createRequire(import.meta.url).resolve(`sqlite-vec-${process.platform}-${process.arch}/${file}`))
}

/** Beside the script that was started, from it or from one of its `chunks/`, or in `dist/` when the sources run as they are (tests). */
function nearby(name: string): string | undefined {
  const here = path.dirname(fileURLToPath(import.meta.url))
  return ['.', '..', '../dist'].map((dir) => path.resolve(here, dir, name)).find((place) => existsSync(place))
}

/** Not a copy: the bytes are those of the executable itself, and must not be written to. */
const asset = (name: string): Buffer => Buffer.from(getRawAsset(name) as ArrayBuffer)

/**
 * Writes a directory of the manifest, or some files of it, to the first place that takes them and where `use` works; answers where that
 * is.
 */
function unpack(name: string, only: readonly string[] | null = null, use: (dir: string) => void = () => {}): string {
  const failures: string[] = []
  for (const place of unpackPlaces()) {
    try {
      const dir = write(place, name, only)
      use(dir)
      return dir
    } catch (error) {
      failures.push(`${place} (${(error as Error).message})`)
    }
  }
  throw new PartsError(
    `TruLayer must write its libraries to a private directory, and could not use any: ${failures.join('; ')}. ` +
      'Let this user write to one of them, on a file system that is not mounted noexec, or name another by XDG_CACHE_HOME.',
  )
}

function write(place: string, name: string, only: readonly string[] | null): string {
  const manifest = JSON.parse(asset('manifest.json').toString('utf8')) as Manifest
  const part = manifest[name]
  if (!part) throw new PartsError(`This executable has no ${name}: it was not built whole.`)
  const dir = path.join(place, `${name}-${part.id.slice(0, 32)}`)
  makeDir(dir)
  assertPrivate(dir)
  for (const { name: file, sha256 } of part.files) {
    if (only === null || only.includes(file)) ensure(path.join(dir, file), sha256, `${name}/${file}`)
  }
  return dir
}

/** A directory that somebody else may write to is no place to load a library from. */
function assertPrivate(dir: string): void {
  const { uid, mode } = lstatSync(dir)
  const mine = process.getuid?.() ?? uid
  if (uid !== mine || (mode & 0o022) !== 0) {
    throw new PartsError(`${dir} belongs to, or may be written by, somebody else`)
  }
}

/** The file is there and holds what it should. Written under another name first: two processes that start at once both end well. */
function ensure(file: string, sha256: string, name: string): void {
  if (existsSync(file) && hash(readFileSync(file)) === sha256) return
  makeDir(path.dirname(file))
  const partial = `${file}.${process.pid}-${threadId}`
  rmSync(partial, { force: true })
  const fd = openSync(partial, 'wx', 0o500)
  try {
    const bytes = asset(name)
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
  renameSync(partial, file)
}

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
