import { AppError } from '../errors.ts'

/**
 * How much may be on its way in at once: bytes of bodies that are being read or wait for their commit. Over the limit a request is
 * refused while it is still cheap to refuse, so memory is bounded whatever arrives.
 */
export class Admission {
  readonly #limit: number
  #bytes = 0
  #requests = 0
  #accepted = 0
  #open = true
  #refusal: (() => AppError) | null = null

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  /** What one request can have at most, when nobody else is there: a larger one would be refused for ever. */
  get limit(): number {
    return this.#limit
  }

  /** Bytes of bodies that are being read or wait for their commit. */
  get bytes(): number {
    return this.#bytes
  }

  get requests(): number {
    return this.#requests
  }

  /** Bytes of bodies whose content was stored, since the start. */
  get accepted(): number {
    return this.#accepted
  }

  /** From now on whoever comes is refused with this; null: let in again. Who is in goes on to the end. */
  refuseWith(refusal: (() => AppError) | null): void {
    this.#refusal = refusal
  }

  /** False once the appliance stops. */
  get open(): boolean {
    return this.#open
  }

  /** From now on nobody new is let in; who is in goes on to the end. */
  close(): void {
    this.#open = false
  }

  enter(): Ticket {
    if (!this.#open)
      throw new AppError('shutting_down', 'The server is shutting down; send this again shortly.', { retryAfterS: 5 })
    if (this.#refusal) throw this.#refusal()
    let held = 0
    let inside = true
    this.#requests += 1
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
      accepted: () => {
        this.#accepted += held
      },
      leave: () => {
        this.#bytes -= held
        held = 0
        if (inside) this.#requests -= 1
        inside = false
      },
    }
  }
}

/** One request's share. `leave` may be called more than once. */
export interface Ticket {
  /** Throws `queue_full` when there is no room for so many bytes more. */
  take(bytes: number): void
  /** What was taken is stored. */
  accepted(): void
  leave(): void
}
