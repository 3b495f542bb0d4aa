import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'

/**
 * The open connections of a server, so that it can stop without cutting anything off. Node's own `closeIdleConnections` (which its
 * `close` calls too) takes a connection for idle as soon as `end` was called on its answer, and throws away what a slow client has
 * not taken yet; and it does not tell clients on kept connections that theirs is about to close.
 */
export class Connections {
  readonly #server: Server
  /** Answers under way, by connection. */
  readonly #answering = new Map<Socket, number>()
  /** Connections over which TLS is not agreed on yet, by who is at the other end: nothing was asked over them. */
  readonly #handshaking = new Map<string, Socket>()
  #draining = false

  constructor(server: Server) {
    this.#server = server
    if (server instanceof TlsServer) {
      server.on('connection', (socket: Socket) => this.#shakeHands(socket))
      server.on('secureConnection', (socket: Socket) => {
        this.#handshaking.delete(peer(socket))
        this.#add(socket)
      })
    } else {
      server.on('connection', (socket) => this.#add(socket))
    }
    server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => this.#begin(req.socket, res))
  }

  /** Closes the port and every idle connection; the busy ones close after their answer, which says so. */
  drain(done: () => void): void {
    this.#draining = true
    NetServer.prototype.close.call(this.#server, done)
    for (const [socket, answers] of this.#answering) if (answers === 0) socket.destroySoon()
    for (const socket of this.#handshaking.values()) socket.destroy()
  }

  /** Ends every connection, whatever is under way over it. */
  cutOff(): void {
    for (const socket of [...this.#answering.keys(), ...this.#handshaking.values()]) socket.destroy()
  }

  #add(socket: Socket): void {
    this.#answering.set(socket, 0)
    socket.once('close', () => this.#answering.delete(socket))
    if (this.#draining) socket.destroySoon()
  }

  #shakeHands(socket: Socket): void {
    const at = peer(socket)
    this.#handshaking.set(at, socket)
    socket.once('close', () => {
      if (this.#handshaking.get(at) === socket) this.#handshaking.delete(at)
    })
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

const peer = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`
