import { storageFault } from '../faults.ts'
import { BEGIN, type Erase, type Progress } from './eraser.ts'
import type { Answer } from './messages.ts'
import type { TelemetryWriter } from './writer.ts'

/** How long one step may hold up the commits of what is sent in. */
const STEP_MS = 10

interface Running {
  id: number
  erase: Erase
  progress: Progress
}

/** The erasures that the writer was asked for: one after the other, one step at a time, between the commits of ingest. */
export class Erasures {
  readonly #writer: TelemetryWriter
  readonly #queue: Running[] = []
  /** What a stop or a crash left behind is removed without being asked for. */
  #sweeping: boolean

  constructor(writer: TelemetryWriter) {
    this.#writer = writer
    this.#sweeping = writer.remains
  }

  add(id: number, erase: Erase): void {
    this.#queue.push({ id, erase, progress: BEGIN })
  }

  get waiting(): boolean {
    return this.#sweeping || this.#queue.length > 0
  }

  /** One step. Answers the erasure that came to its end with it, if one did. */
  step(): Answer[] {
    const until = performance.now() + STEP_MS
    const goOn = () => performance.now() < until
    const first = this.#queue[0]
    if (!first) {
      this.#sweep(goOn)
      return []
    }
    try {
      first.progress = this.#writer.erase(first.erase, first.progress, goOn)
      if (!first.progress.done) return []
      this.#queue.shift()
      return [{ id: first.id, erased: first.progress.erased }]
    } catch (error) {
      this.#queue.shift()
      const { message } = error as Error
      return [{ id: first.id, refused: storageFault(error) ?? 'internal', message }]
    }
  }

  /** The writer stops: what was erased stays so, and whoever asked for the rest asks again after the next start. */
  refuseAll(): Answer[] {
    return this.#queue.splice(0).map(({ id }) => ({ id, refused: 'shutting_down', message: 'stopping' }))
  }

  /** A failure here is not lost: it comes up again with the next erasure, which sweeps first, and has somebody to tell. */
  #sweep(goOn: () => boolean): void {
    try {
      this.#sweeping = !this.#writer.sweep(goOn)
    } catch {
      this.#sweeping = false
    }
  }
}
