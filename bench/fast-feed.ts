import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomFrom } from './text.ts'

const TICK_MS = 10
const MOST_AT_ONCE = 2_000
const NAMES = ['answer-question', 'summarise-ticket', 'route-request', 'draft-reply', 'check-policy']

/**
 * A server in front of an appliance that passes everything on but `GET /v1/traces/live`, which it answers itself: events as the appliance
 * writes them, at any rate, but never more than the client takes.
 */
export class FastFeed {
  readonly url: string
  /** How often the list of traces was read through it. */
  reads = 0
  /** Events so far. */
  sent = 0
  readonly #server: Server
  readonly #target: URL
  readonly #agent = new Agent({ keepAlive: true })
  readonly #random = randomFrom(7)
  #perSecond = 0

  private constructor(server: Server, target: string) {
    this.#server = server
    this.#target = new URL(target)
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`
    server.on('request', (req, res) => this.#answer(req, res))
  }

  static async start(target: string): Promise<FastFeed> {
    const server = createServer().listen(0, 'localhost')
    await once(server, 'listening')
    return new FastFeed(server, target)
  }

  /** From now on so many events a second, where the client takes them so fast. */
  go(perSecond: number): void {
    this.#perSecond = perSecond
  }

  pause(): void {
    this.#perSecond = 0
  }

  async stop(): Promise<void> {
    this.#agent.destroy()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #answer(req: IncomingMessage, res: ServerResponse): void {
    const path = (req.url ?? '').split('?')[0]
    if (path === '/v1/traces') this.reads += 1
    if (path === '/v1/traces/live') this.#listen(res)
    else this.#pass(req, res)
  }

  #pass(req: IncomingMessage, res: ServerResponse): void {
    const passed = request({
      ...{ host: this.#target.hostname, port: this.#target.port, agent: this.#agent },
      ...{ method: req.method, path: req.url, headers: req.headers },
    })
    passed.once('error', () => res.destroy())
    passed.once('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    req.pipe(passed)
  }

  #listen(res: ServerResponse): void {
    res.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' })
    res.write(':\n\n')
    let full = false
    let owed = 0
    let before = performance.now()
    res.on('drain', () => {
      full = false
    })
    // Nothing waits for the client here: what it does not take now is made when it does.
    const tick = setInterval(() => {
      const now = performance.now()
      owed = this.#perSecond === 0 ? 0 : Math.min(MOST_AT_ONCE, owed + (this.#perSecond * (now - before)) / 1_000)
      before = now
      const some = Math.floor(owed)
      if (full || some === 0) return
      owed -= some
      full = !res.write(this.#events(some))
    }, TICK_MS)
    res.once('close', () => clearInterval(tick))
  }

  #events(count: number): string {
    let text = ''
    for (let i = 0; i < count; i++) {
      this.sent += 1
      const event = {
        trace_id: `01990000-0000-7000-8000-${this.sent.toString(16).padStart(12, '0')}`,
        name: NAMES[this.sent % NAMES.length],
        status: this.#random() < 0.05 ? 'error' : 'ok',
        latency_ms: Math.round(this.#random() * 4_000),
        created_at: new Date().toISOString(),
      }
      text += `id: ${this.sent}\ndata: ${JSON.stringify(event)}\n\n`
    }
    return text
  }
}
