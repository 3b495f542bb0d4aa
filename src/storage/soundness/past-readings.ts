import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { TRUE_FILES } from '../backup/files.ts'
import type { Reached } from './check-thread.ts'

export type TrueFile = (typeof TRUE_FILES)[number]

/** A reading that a stop broke off, and when it began (milliseconds since the epoch). */
export interface Unfinished {
  began: number
  reached: Reached
}

/** What was known of a true file when the appliance was last stopped, and how it was left. */
interface PastReading {
  /** When it was last read through and found sound, in milliseconds since the epoch. */
  sound_at?: number | undefined
  unfinished?: Unfinished | undefined
  left: Left
}

interface Left {
  size: number
  changed_ns: string
  inode: string
}

const READINGS_FILE = 'checked.json'

/**
 * What is known of readings before this start: nothing where the appliance was killed, or a file was changed since by anybody else, as a disk that
 * fails would not, but whoever copies one over it does.
 */
export class PastReadings {
  readonly #dir: string
  readonly #known = new Map<TrueFile, number>()
  readonly #unfinished = new Map<TrueFile, Unfinished>()

  private constructor(dir: string) {
    this.#dir = dir
  }

  /** Until `keep` the appliance counts as not stopped in order. */
  static take(dir: string): PastReadings {
    const readings = new PastReadings(dir)
    const past = read(dir)
    for (const file of TRUE_FILES) {
      const reading = past[file]
      const now = leftOf(path.join(dir, file))
      if (!reading || !now || !same(reading.left, now)) continue
      if (reading.sound_at !== undefined) readings.#known.set(file, reading.sound_at)
      if (reading.unfinished !== undefined) readings.#unfinished.set(file, reading.unfinished)
    }
    rmSync(path.join(dir, READINGS_FILE), { force: true })
    return readings
  }

  /** When the file was found sound; null where that says nothing about it as it is. */
  soundAt(file: TrueFile): number | null {
    return this.#known.get(file) ?? null
  }

  /** The reading that is to be gone on with; null: there is none. */
  unfinished(file: TrueFile): Unfinished | null {
    return this.#unfinished.get(file) ?? null
  }

  reached(file: TrueFile, unfinished: Unfinished): void {
    this.#unfinished.set(file, unfinished)
  }

  sound(file: TrueFile, at: number): void {
    this.#known.set(file, at)
    this.#unfinished.delete(file)
  }

  forget(file: TrueFile): void {
    this.#known.delete(file)
    this.#unfinished.delete(file)
  }

  /** The appliance stops in order; nobody has the files open any more. Without it the next start reads all of them anew. */
  keep(): void {
    const kept: Partial<Record<TrueFile, PastReading>> = {}
    for (const file of TRUE_FILES) {
      const left = leftOf(path.join(this.#dir, file))
      if (left) kept[file] = { sound_at: this.#known.get(file), unfinished: this.#unfinished.get(file), left }
    }
    const to = path.join(this.#dir, READINGS_FILE)
    try {
      writeFileSync(`${to}.partial`, `${JSON.stringify(kept)}\n`, { mode: 0o600 })
      renameSync(`${to}.partial`, to)
    } catch (error) {
      rmSync(`${to}.partial`, { force: true })
      throw error
    }
  }
}

function read(dir: string): Partial<Record<TrueFile, PastReading>> {
  try {
    return JSON.parse(readFileSync(path.join(dir, READINGS_FILE), 'utf8')) as Partial<Record<TrueFile, PastReading>>
  } catch {
    return {}
  }
}

function leftOf(file: string): Left | null {
  if (!existsSync(file)) return null
  const { size, mtimeNs, ino } = statSync(file, { bigint: true })
  return { size: Number(size), changed_ns: String(mtimeNs), inode: String(ino) }
}

const same = (a: Left, b: Left): boolean => a.size === b.size && a.changed_ns === b.changed_ns && a.inode === b.inode
