import { AppError } from '../errors.ts'

/**
 * How much may be on its way in at once: bytes of bodies that are being read or wait for their commit. Over the limit a request is
 * refused while it is still cheap to refuse, so memory is bounded whatever arrives.
 */
export class Admission {
  readonly #limit: number
  #bytes = 0
  #open = true

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  /** What one request can have at most, when nobody else is there: a larger one would be refused for ever. */
  get limit(): number {
    return this.#limit
  }

  /** From now on nobody new is let in; who is in goes on to the end. */
  close(): void {
    this.#open = false
  }

  enter(): Ticket {
    if (!this.#open)
      throw new AppError('shutting_down', 'The server is shutting down; send this again shortly.', { retryAfterS: 5 })
    let held = 0
    return {
      take: (bytes) => {
        if (this.#bytes + bytes > this.#limit) {
          throw new AppError('queue_full', 'More is arriving than can be stored right now; send this again shortly.', {
            retryAfterS: 1,
          })
        }
        held += bytes
        this.#bytes += bytes
      },
      leave: () => {
        this.#bytes -= held
        held = 0
      },
    }
  }
}

/** One request's share. `leave` may be called more than once. */
export interface Ticket {
  /** Throws `queue_full` when there is no room for so many bytes more. */
  take(bytes: number): void
  leave(): void
}
