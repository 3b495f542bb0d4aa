import { existsSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { DERIVED } from './backup/files.ts'

export type Derived = keyof typeof DERIVED

const KINDS = Object.keys(DERIVED) as Derived[]
/** How often the appliance looks whether it is asked for anything. */
const LOOK_MS = 1_000

/** A file that asks the appliance which holds the directory to make a derived file anew. It goes once that has begun. */
const requestFor = (dir: string, what: Derived): string => path.join(dir, `rebuild-${what}`)

/** Asks whoever holds the directory. */
export const requestRebuild = (dir: string, what: Derived): void =>
  writeFileSync(requestFor(dir, what), '', { mode: 0o600 })

export const rebuildRequested = (dir: string, what: Derived): boolean => existsSync(requestFor(dir, what))

export const withdrawRequest = (dir: string, what: Derived): void => rmSync(requestFor(dir, what), { force: true })

export interface RebuildRequestsParts {
  dir: string
  clock: Clock
  log: Log
  /** Resolves once it has begun: until the file is whole everything else goes on. */
  rebuild: Record<Derived, () => Promise<void>>
}

/** Heeds what `trulayer rebuild` asks of a running appliance. */
export class RebuildRequests {
  readonly #parts: RebuildRequestsParts
  #cancelLook: () => void = () => undefined
  #working: Promise<void> | null = null
  #stopped = false

  constructor(parts: RebuildRequestsParts) {
    this.#parts = parts
    this.#wait()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelLook()
    await this.#working
  }

  #wait(): void {
    this.#cancelLook = this.#parts.clock.after(LOOK_MS, () => {
      this.#working = this.#look().finally(() => {
        this.#working = null
        if (!this.#stopped) this.#wait()
      })
    })
  }

  async #look(): Promise<void> {
    const { dir, log, rebuild } = this.#parts
    for (const what of KINDS) {
      if (!rebuildRequested(dir, what)) continue
      try {
        await rebuild[what]()
        log.info({ file: DERIVED[what] }, 'is made anew, as trulayer rebuild asked')
      } catch (error) {
        log.error({ err: error, file: DERIVED[what] }, 'cannot be made anew, as trulayer rebuild asked')
        continue
      }
      withdrawRequest(dir, what)
    }
  }
}
