import type { Response } from 'express'
import type { Clock } from '../../clock.ts'

const HEARTBEAT_MS = 15_000
/** What a client may leave unread before it is cut off. */
const MOST_UNREAD_BYTES = 256 * 1024

/** Server-sent events to one client. `onClose` is called once, however it ends. */
export class EventStream {
  readonly #res: Response
  readonly #clock: Clock
  #cancelHeartbeat: () => void = () => undefined

  constructor(res: Response, clock: Clock, onClose: () => void) {
    this.#res = res
    this.#clock = clock
    res.setHeader('Content-Type', 'text/event-stream; charset=utf-8')
    res.setHeader('Cache-Control', 'no-store')
    res.setHeader('X-Accel-Buffering', 'no')
    res.once('close', () => {
      this.#cancelHeartbeat()
      onClose()
    })
    this.#write(':\n\n')
    this.#beat()
  }

  send(id: number, data: unknown): void {
    this.#write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  end(): void {
    this.#res.end()
  }

  #write(text: string): void {
    if (this.#res.destroyed) return
    this.#res.write(text)
    if (this.#res.writableLength > MOST_UNREAD_BYTES) this.#res.destroy()
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#clock.after(HEARTBEAT_MS, () => {
      this.#write(':\n\n')
      this.#beat()
    })
  }
}
