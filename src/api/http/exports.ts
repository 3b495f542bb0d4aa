import type { Response } from 'express'
import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { Reply } from './reply.ts'
import { sendPieces } from './send-pieces.ts'

/** How long a client may leave a piece of an export unread before its place goes to somebody else. */
const UNREAD_MS = 60_000

export interface Opened {
  headers: Record<string, string>
  pieces: AsyncIterable<Uint8Array>
}

/** Lets in only so many exports at once: each keeps a reader busy, and nobody else shall feel it. */
export class Exports {
  readonly #most: number
  readonly #clock: Clock
  #running = 0

  constructor(most: number, clock: Clock) {
    this.#most = most
    this.#clock = clock
  }

  /**
   * The answer that sends what `open` gives, as the client takes it; the signal says that the client has gone before that. Throws
   * `exports_busy` (503) when too many are running.
   */
  async reply(res: Response, open: (gone: AbortSignal) => Promise<Opened>): Promise<Reply> {
    if (this.#running >= this.#most) {
      throw new AppError('exports_busy', 'As many exports are running as may at once; try again when one has ended.', {
        retryAfterS: 10,
      })
    }
    this.#running += 1
    const gone = new AbortController()
    res.once('close', () => gone.abort())
    try {
      const { headers, pieces } = await open(gone.signal)
      return { status: 200, headers, stream: () => this.#send(res, pieces) }
    } catch (error) {
      this.#running -= 1
      // Nobody hears of what became of it.
      if (gone.signal.aborted) return { status: 200, stream: () => undefined }
      throw error
    }
  }

  async #send(res: Response, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      await sendPieces(
        res,
        hurried(pieces, this.#clock, () => res.destroy()),
      )
    } finally {
      this.#running -= 1
    }
  }
}

/** Gives up when a piece is not taken in time. The time that it takes to read the next one does not count. */
async function* hurried(
  pieces: AsyncIterable<Uint8Array>,
  clock: Clock,
  giveUp: () => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    const cancel = clock.after(UNREAD_MS, giveUp)
    try {
      yield piece
    } finally {
      cancel()
    }
  }
}
