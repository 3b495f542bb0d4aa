import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { Clock } from '../clock.ts'
import { type Config, ConfigError } from '../config.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Identify } from './auth/identify.ts'
import { readBody } from './http/body.ts'
import { Certificate, type Pair, readPair, type TlsFiles } from './http/certificate.ts'
import { Connections } from './http/connections.ts'
import { type Binding, mount, type Steps } from './http/mount.ts'
import { observe } from './http/observe.ts'
import { notFound, problems, requestId } from './http/problem.ts'
import type { RateLimits } from './http/rate-limit.ts'

/** What a control-plane body may weigh; traces have their own limit. */
const MOST_CONTROL_BYTES = 1024 * 1024

export interface ServerParts {
  config: Config
  log: Log
  metrics: Metrics
  identify: Identify
  limits: RateLimits
  bindings: readonly Binding[]
  /** Pages and their assets; what it does not know it passes on. */
  pages: express.RequestHandler
  refused: Steps['refused']
  checkAnswers: boolean
}

/**
 * The middleware, in order: id → count and log → headers → pages → (identify → rate limit → may I → parse → handler) → nothing here
 * → errors.
 */
export function createApp({
  config,
  log,
  metrics,
  identify,
  limits,
  bindings,
  pages,
  refused,
  checkAnswers,
}: ServerParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  // Only as many hops as there are proxies: what stands further left in X-Forwarded-For is the client's own word.
  app.set('trust proxy', Number(config.server.trust_proxy))
  app.set('query parser', 'simple')
  app.use(requestId)
  app.use(observe(log, metrics, config.log.slow_request_ms))
  app.use(plainHeaders)
  app.use(pages)
  mount(app, bindings, {
    identify,
    limit: (req, res, endpoint, actor) => limits.count(req, res, endpoint, actor),
    readBody: (req) => readBody(req, MOST_CONTROL_BYTES),
    refused,
    checkAnswers,
  })
  app.use(notFound)
  app.use(problems(log))
  return app
}

function plainHeaders(_req: Request, res: Response, next: NextFunction): void {
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Referrer-Policy', 'no-referrer')
  res.setHeader('Cache-Control', 'no-store')
  next()
}

/** The server on its port. */
export interface Listening {
  server: Server
  /** Reads the certificate's files again; without TLS there is nothing to do. */
  reloadCertificate(): void
  /** Takes nothing new, and resolves when every connection has its answer; after `graceMs` it cuts off the rest. */
  stop(clock: Clock, graceMs: number): Promise<void>
}

/** Listens; rejects with what to do when the port is taken or may not be used, or the certificate cannot. */
export async function listen(
  app: Express,
  config: Config['server'],
  parts: { clock: Clock; log: Log },
): Promise<Listening> {
  const { host, port, tls } = config
  const files = tls.cert !== null && tls.key !== null ? { cert: tls.cert, key: tls.key } : null
  const { server, certificate } = files ? secure(app, files, readPair(files), parts) : plain(app)
  const connections = new Connections(server)
  const stop = (clock: Clock, graceMs: number): Promise<void> =>
    new Promise((resolve) => {
      certificate?.stop()
      const giveUp = clock.after(graceMs, () => connections.cutOff())
      connections.drain(() => {
        giveUp()
        resolve()
      })
    })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      certificate?.stop()
      reject(explainListen(error, host, port))
    })
    server.listen(port, host, resolve)
  })
  return { server, reloadCertificate: () => certificate?.reload(), stop }
}

interface Serving {
  server: Server
  certificate: Certificate | null
}

const plain = (app: Express): Serving => ({ server: createServer(app), certificate: null })

function secure(app: Express, files: TlsFiles, pair: Pair, parts: { clock: Clock; log: Log }): Serving {
  const server = createTlsServer(pair, app)
  return { server, certificate: new Certificate(files, pair, { server, ...parts }) }
}

function explainListen(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new ConfigError(`Port ${port} on ${host} is in use; stop what uses it, or set TRULAYER_PORT to another.`)
    case 'EACCES':
      return new ConfigError(`Port ${port} may not be used by this user; take one above 1023 (TRULAYER_PORT).`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigError(
        `${host} is not an address of this machine; set TRULAYER_HOST to one that is, such as 127.0.0.1.`,
      )
    default:
      return error
  }
}
