import { connect, type Socket } from 'node:net'
import { API_KEY, type Appliance } from './process.ts'

/** One connection that is written byte by byte, for what no HTTP client does on purpose. */
export class RawConnection {
  readonly #socket: Socket
  readonly #closed: Promise<void>
  #waiting: (() => void)[] = []
  /** All that the server has sent. */
  received = ''
  #isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (piece: Buffer) => {
      this.received += piece.toString('latin1')
      this.#wake()
    })
    // A reset shows as an end without the answer that is waited for.
    socket.on('error', () => undefined)
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true
        this.#wake()
        resolve()
      })
    })
  }

  static open({ url }: Pick<Appliance, 'url'>): Promise<RawConnection> {
    const { hostname, port } = new URL(url)
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(new RawConnection(socket)))
      socket.once('error', reject)
    })
  }

  /** The head of a POST. With `Expect: 100-continue` the server says when it has read it. */
  post(target: string, headers: Record<string, string | number>): void {
    const lines = Object.entries({
      Host: 'localhost',
      Authorization: `Bearer ${API_KEY}`,
      'Content-Type': 'application/json',
      ...headers,
    })
    this.write(`POST ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  }

  get(target: string): void {
    this.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${API_KEY}\r\n\r\n`)
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Reads nothing more until `resume`, so that the server's send buffer fills. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Goes away without a word. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  /** Resolves once what was received matches; rejects when the connection ends before. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.received)) {
      if (this.#isClosed)
        throw new Error(`The connection ended; received: ${JSON.stringify(this.received.slice(0, 500))}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Resolves when the connection has ended. */
  get closed(): Promise<void> {
    return this.#closed
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
