import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { API_KEY } from './appliance.ts'

/** What came for a GET. */
export interface Answer {
  status: number
  /** Bytes of the body. */
  size: number
  /** The body, as far as it was kept. */
  body: Buffer
  /** Milliseconds from sending to the first byte of the answer, and to the last. */
  firstMs: number
  ms: number
}

/** How much of a body is kept: any page of a list, and of what is larger the beginning. */
const KEPT_BYTES = 1024 * 1024
const READ_BYTES = 256 * 1024

/**
 * One connection that speaks as much of HTTP/1.1 as the appliance answers with. It reads into the same memory again and again: Node's own client
 * makes new buffers for what it reads, and takes three times as much of a processor, which here is the one that is measured.
 */
export class BareClient {
  readonly #url: URL
  readonly #into = Buffer.allocUnsafeSlow(READ_BYTES)
  readonly #kept = Buffer.allocUnsafeSlow(KEPT_BYTES)
  #socket: Socket | null = null
  #read: (length: number) => void = () => undefined

  constructor(url: string) {
    this.#url = new URL(url)
  }

  /** Reads an answer to its end. */
  async get(path: string): Promise<Answer> {
    const answer = await this.take(path)
    if (!answer.ended) throw new Error(`the connection was lost while ${path} was read`)
    return answer
  }

  /** Reads an answer to its end, or until the connection is closed. */
  async take(path: string): Promise<Answer & { ended: boolean }> {
    const socket = await this.#connected()
    const began = performance.now()
    const answer = new AnswerReader(this.#kept)
    let firstMs: number | null = null
    await new Promise<void>((resolve) => {
      const over = () => {
        socket.off('close', over)
        resolve()
      }
      socket.once('close', over)
      this.#read = (length) => {
        firstMs ??= performance.now() - began
        answer.take(this.#into.subarray(0, length))
        if (answer.done) over()
      }
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#url.host}\r\nAuthorization: Bearer ${API_KEY}\r\n\r\n`)
    })
    const ms = performance.now() - began
    const { status, size, done: ended } = answer
    const body = this.#kept.subarray(0, Math.min(size, KEPT_BYTES))
    return { status, size, body, firstMs: firstMs ?? ms, ms, ended }
  }

  /** The JSON of an answer that must be good. */
  async json<T>(path: string): Promise<T> {
    const { status, size, body } = await this.get(path)
    if (status !== 200) throw new Error(`${path} answered ${status}: ${body.toString('utf8', 0, 300)}`)
    if (size > body.length) throw new Error(`${path} answered ${size} bytes, more than are kept`)
    return JSON.parse(body.toString()) as T
  }

  close(): void {
    this.#socket?.destroy()
  }

  /** The appliance closes what rests for some seconds. */
  async #connected(): Promise<Socket> {
    if (this.#socket !== null && !this.#socket.closed && this.#socket.readable) return this.#socket
    const callback = (length: number) => {
      this.#read(length)
      return true
    }
    const { hostname: host, port } = this.#url
    const socket = connect({ host, port: Number(port), noDelay: true, onread: { buffer: this.#into, callback } })
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    this.#socket = socket
    return socket
  }
}

/** Takes an answer to a GET as it comes: its head, and a body of a given length or in chunks. */
class AnswerReader {
  status = 0
  size = 0
  done = false
  readonly #kept: Buffer
  #line = ''
  #state: 'status' | 'head' | 'body' | 'chunk size' | 'chunk' | 'chunk end' | 'trailer' = 'status'
  #chunked = false
  /** Of the body or the chunk. */
  #left = 0

  constructor(kept: Buffer) {
    this.#kept = kept
  }

  take(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length && !this.done) {
      at = this.#state === 'body' || this.#state === 'chunk' ? this.#takeBody(bytes, at) : this.#takeLine(bytes, at)
    }
  }

  #takeBody(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    if (this.size < this.#kept.length) bytes.copy(this.#kept, this.size, at, end)
    this.size += end - at
    this.#left -= end - at
    if (this.#left > 0) return end
    if (this.#state === 'chunk') this.#state = 'chunk end'
    else this.done = true
    return end
  }

  #takeLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf('\n', at)
    if (end < 0) {
      this.#line += bytes.toString('latin1', at)
      return bytes.length
    }
    const line = (this.#line + bytes.toString('latin1', at, end)).trimEnd()
    this.#line = ''
    this.#onLine(line)
    return end + 1
  }

  #onLine(line: string): void {
    switch (this.#state) {
      case 'status':
        this.status = Number(line.split(' ')[1])
        this.#state = 'head'
        return
      case 'head':
        this.#onHeader(line)
        return
      case 'chunk size':
        this.#left = Number.parseInt(line, 16)
        this.#state = this.#left === 0 ? 'trailer' : 'chunk'
        return
      case 'chunk end':
        this.#state = 'chunk size'
        return
      default:
        this.done = line === ''
    }
  }

  #onHeader(line: string): void {
    if (line === '') {
      this.#state = this.#chunked ? 'chunk size' : 'body'
      this.done = !this.#chunked && this.#left === 0
      return
    }
    const [name = '', value = ''] = line.toLowerCase().split(': ')
    if (name === 'content-length') this.#left = Number(value)
    if (name === 'transfer-encoding') this.#chunked = value === 'chunked'
  }
}
