import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { onTestFinished } from 'vitest'

const OTHERS = 'of-somebody-else'

/**
 * A disk of so many megabytes for the data of `dir`, which only programs see that run `under` it: memory that an unprivileged user may mount in a
 * namespace of their own. It goes with the test.
 */
export class SmallDisk {
  /** What runs a program so that it sees the disk. */
  readonly under: readonly string[]
  readonly #data: string
  readonly #megabytes: number
  readonly #holder: ChildProcess

  private constructor(data: string, megabytes: number, holder: ChildProcess) {
    this.#data = data
    this.#megabytes = megabytes
    this.#holder = holder
    this.under = ['nsenter', '--user', '--mount', '--preserve-credentials', '--target', String(holder.pid)]
  }

  static async mount(dir: string, megabytes: number): Promise<SmallDisk> {
    const data = path.join(dir, 'data')
    mkdirSync(data)
    const mounted = `mount -t tmpfs -o size=${megabytes}m,mode=700 none "${data}" && echo mounted && exec sleep 600`
    const holder = spawn('unshare', ['--map-root-user', '--mount', 'sh', '-c', mounted])
    onTestFinished(() => void holder.kill())
    await Promise.race([
      once(holder.stdout, 'data'),
      once(holder, 'exit').then(() => Promise.reject(new Error('no disk could be mounted'))),
    ])
    return new SmallDisk(data, megabytes, holder)
  }

  /** Where a file of the data directory can be reached from outside. */
  file(name: string): string {
    return path.join('/proc', String(this.#holder.pid), 'root', this.#data, name)
  }

  /** Somebody else takes what is left of it. */
  fill(): void {
    try {
      writeFileSync(this.file(OTHERS), Buffer.alloc(this.#megabytes << 20))
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOSPC') throw error
    }
  }

  /** Gives it back. */
  empty(): void {
    rmSync(this.file(OTHERS))
  }
}
