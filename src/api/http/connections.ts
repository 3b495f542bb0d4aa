import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'

/**
 * The open connections of a server, so that it can stop without cutting anything off. Node's own `closeIdleConnections` (which its
 * `close` calls too) takes a connection for idle as soon as `end` was called on its answer, and throws away what a slow client has
 * not taken yet; and it does not tell clients on kept connections that theirs is about to close.
 */
export class Connections {
  readonly #server: Server
  /** Answers under way, by connection. */
  readonly #answering = new Map<Socket, number>()
  #draining = false

  constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => {
      this.#answering.set(socket, 0)
      socket.once('close', () => this.#answering.delete(socket))
    })
    server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => this.#begin(req.socket, res))
  }

  /** Closes the port and every idle connection; the busy ones close after their answer, which says so. */
  drain(done: () => void): void {
    this.#draining = true
    NetServer.prototype.close.call(this.#server, done)
    for (const [socket, answers] of this.#answering) if (answers === 0) socket.destroySoon()
  }

  #begin(socket: Socket, res: ServerResponse): void {
    this.#count(socket, 1)
    // Node looks at this when it writes the head, which is after the handler has waited for its commit.
    const writeHead = res.writeHead
    res.writeHead = ((...args: Parameters<typeof writeHead>) => {
      if (this.#draining) res.setHeader('Connection', 'close')
      return writeHead.apply(res, args)
    }) as typeof writeHead
    res.once('close', () => {
      this.#count(socket, -1)
      if (this.#draining && this.#answering.get(socket) === 0) socket.destroySoon()
    })
  }

  #count(socket: Socket, by: 1 | -1): void {
    const answers = this.#answering.get(socket)
    if (answers !== undefined) this.#answering.set(socket, answers + by)
  }
}
