import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Worker } from 'node:worker_threads'
import { type Clock, rfc3339 } from '../../clock.ts'
import type { Config } from '../../config.ts'
import type { Log } from '../../log.ts'
import { TRUE_FILES } from '../backup/files.ts'
import { damaged, type SchemaError } from '../migrate.ts'
import { startThread } from '../threads.ts'
import type { CheckData, FromCheck } from './check-thread.ts'
import { assertUnmarked, writeMark } from './mark.ts'
import { closeHandles, type Handles, openHandles } from './pages.ts'
import { PastReadings, type TrueFile } from './past-readings.ts'
import type { Found } from './reading.ts'

export interface SoundnessOptions {
  dir: string
  storage: Pick<Config['storage'], 'check_at_start_bytes' | 'check_bytes_per_second' | 'check_every_hours'>
  clock: Clock
  log: Log
}

/** How the reading-through of a true file stands. */
export interface FileSoundness {
  name: TrueFile
  /** Of a reading that is under way: bytes read, and bytes to read. Null: none is. */
  reading: { done: number; total: number } | null
  /** Milliseconds since the epoch; null: not read through yet. */
  soundAt: number | null
}

const HOUR_MS = 3_600_000
/** After the start, until which everything else has begun. */
const SETTLE_MS = 1_000
/** A reading that failed for another reason than damage is tried again. */
const AGAIN_MS = 10 * 60_000
const TELL_MS = 60_000
/** A reading that is just asking SQLite, which cannot be interrupted, is not waited for. */
const STOP_MS = 3_000
const MB = 1e6

/**
 * Sees to it that every page of the true files is read now and then. Small files are read by who opens them; this has large ones read while the
 * appliance serves, by a thread that gives way to all others, and each again after a time. What is damaged is marked in the directory, so
 * that the next start knows.
 */
export class Soundness {
  readonly #options: SoundnessOptions
  readonly #past: PastReadings
  readonly #files = new Map<TrueFile, FileSoundness>()
  readonly #handles = new Map<TrueFile, Handles>()
  readonly #onDamage: ((error: SchemaError) => void)[] = []
  #worker: Worker | null = null
  #running: Promise<void> | null = null
  #cancelWait: () => void = () => undefined
  #closing = false

  /**
   * For whoever holds the lock of the directory, before anything in it is opened. Throws `SchemaError` where a file was found damaged and still
   * is.
   */
  constructor(options: SoundnessOptions) {
    const { dir, clock, log, storage } = options
    this.#options = options
    const marked = assertUnmarked(dir, log)
    this.#past = PastReadings.take(dir)
    if (marked !== null) this.#past.forget(marked)
    const now = clock.now()
    for (const name of TRUE_FILES) {
      const file = path.join(dir, name)
      // Whoever opens it reads it through, or makes it.
      if (!existsSync(file) || statSync(file).size <= storage.check_at_start_bytes) this.#past.sound(name, now)
      this.#files.set(name, { name, reading: null, soundAt: this.#past.soundAt(name) })
    }
  }

  get files(): readonly FileSoundness[] {
    return [...this.#files.values()]
  }

  /** Calls back, once, when a file was found damaged and marked. */
  onDamage(listener: (error: SchemaError) => void): void {
    this.#onDamage.push(listener)
  }

  /** Begins to look after the files, which are open by now. */
  start(): void {
    this.#wait(SETTLE_MS)
  }

  /** Ends what is under way; the files may be closed then. */
  async close(): Promise<void> {
    this.#closing = true
    this.#cancelWait()
    this.#worker?.postMessage('close')
    const { clock } = this.#options
    await Promise.race([this.#running, new Promise<void>((resolve) => clock.after(STOP_MS, resolve))])
  }

  /** The files are closed: remembers how they were left. */
  closed(): void {
    for (const handles of this.#handles.values()) closeHandles(handles)
    this.#past.keep()
  }

  #wait(least: number): void {
    const now = this.#options.clock.now()
    const next = Math.min(...TRUE_FILES.map((name) => this.#dueAt(name)))
    // A timer takes less than a month, and the clock may be set meanwhile.
    const ms = Math.max(least, Math.min(next - now, HOUR_MS))
    this.#cancelWait = this.#options.clock.after(ms, () => this.#begin())
  }

  #dueAt(name: TrueFile): number {
    const at = this.#past.soundAt(name)
    // What was read in the future was read by another clock.
    if (at === null || at > this.#options.clock.now()) return Number.NEGATIVE_INFINITY
    return at + this.#options.storage.check_every_hours * HOUR_MS
  }

  #begin(): void {
    const due = TRUE_FILES.filter((name) => this.#dueAt(name) <= this.#options.clock.now())
    this.#running = this.#readAll(due)
      .then(
        () => SETTLE_MS,
        (error: unknown) => {
          this.#options.log.error({ err: error }, 'a file cannot be read through; it is tried again')
          return AGAIN_MS
        },
      )
      .then((least) => {
        this.#running = null
        if (!this.#closing) this.#wait(least)
      })
  }

  async #readAll(due: readonly TrueFile[]): Promise<void> {
    for (const name of due) {
      if (this.#closing) return
      const found = await this.#read(name)
      if (found === 'stopped') return
      if (found === null) this.#past.sound(name, this.#options.clock.now())
      else await this.#damaged(name, found)
      this.#files.set(name, { name, reading: null, soundAt: this.#past.soundAt(name) })
    }
  }

  /** Null: it is sound. */
  #read(name: TrueFile): Promise<Found | 'stopped' | null> {
    const { dir, storage, log } = this.#options
    const file = path.join(dir, name)
    const handles = this.#handles.get(name) ?? openHandles(file)
    this.#handles.set(name, handles)
    const begunNow = this.#options.clock.now()
    const broken = this.#past.unfinished(name)
    // What was read longer ago than everything is to be read again is not worth going on from.
    const goingOn = broken !== null && Math.abs(begunNow - broken.began) < storage.check_every_hours * HOUR_MS
    const began = goingOn ? broken.began : begunNow
    const from = goingOn ? broken.reached : null
    const data: CheckData = { file, handles, bytesPerSecond: storage.check_bytes_per_second, from }
    const about = { file: name, mb: Math.ceil(statSync(file).size / MB) }
    if (from === null) log.info(about, 'reading the file through while serving')
    else log.info({ ...about, from: Math.floor(from.done / MB) }, 'reading on where the last stop broke it off')
    return new Promise((resolve, reject) => {
      let answer: Found | 'stopped' | null = 'stopped'
      let told = begunNow
      const worker = startThread('check-thread', data)
      this.#worker = worker
      worker.on('message', (message: FromCheck) => {
        const now = this.#options.clock.now()
        switch (message.kind) {
          case 'progress': {
            const { reached, total } = message
            const { done } = reached
            this.#past.reached(name, { began, reached })
            this.#files.set(name, { name, reading: { done, total }, soundAt: this.#past.soundAt(name) })
            if (now - told < TELL_MS) break
            told = now
            log.info({ file: name }, `read through ${Math.floor(done / MB)} of ${Math.ceil(total / MB)} MB`)
            break
          }
          case 'doubtful':
            log.warn(
              { file: name, ...where(message.found) },
              'a page looked wrong, and SQLite finds nothing wrong with it',
            )
            break
          case 'damaged':
            answer = message.found
            break
          case 'sound':
            answer = null
            log.info({ ...about, seconds: Math.round((now - begunNow) / 1000) }, 'read through: every page is sound')
            break
          default:
            message satisfies never
        }
      })
      worker.once('error', reject)
      worker.once('exit', () => {
        this.#worker = null
        resolve(answer)
      })
    })
  }

  async #damaged(name: TrueFile, found: Found): Promise<void> {
    const { dir, clock, log } = this.#options
    const error = damaged(path.join(dir, name), found.what)
    log.error({ file: name, ...where(found) }, error.message)
    this.#closing = true
    this.#past.forget(name)
    await writeMark(dir, name, found, rfc3339(clock.now())).catch((failure: unknown) =>
      log.error({ err: failure }, 'that the file is damaged cannot be written down; the next start reads it again'),
    )
    for (const listener of this.#onDamage) listener(error)
  }
}

const where = ({ tree }: Found) => ({ table: tree?.table ?? null, tree: tree?.name ?? null })
