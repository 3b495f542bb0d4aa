import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { pagesDir } from '../parts.ts'
import { cookieToken } from './auth/sessions.ts'

/** Scripts, styles, fonts and pictures from here and nowhere else; nothing inline, nothing evaluated; nobody may frame a page. */
const STRICT = {
  'default-src': "'self'",
  'script-src': "'self'",
  'style-src': "'self'",
  // A trace may hold pictures, as data in its messages; addresses elsewhere stay links.
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
  // Our own pages make no HTML from text, and with this they cannot.
  'require-trusted-types-for': "'script'",
  'trusted-types': "'none'",
}

/**
 * The API explorer that `/docs` embeds draws with HTML from templates and with style attributes, so this page alone allows both. Its
 * scripts are held as strictly as everywhere.
 */
const { 'require-trusted-types-for': _sinks, 'trusted-types': _policies, ...plain } = STRICT
const EXPLORER = { ...plain, 'style-src': "'self' 'unsafe-inline'" }

const header = (policy: Record<string, string>): string =>
  Object.entries(policy)
    .map((directive) => directive.join(' '))
    .join('; ')
const POLICY = header(STRICT)
const POLICY_OF: Record<string, string> = { 'docs.html': header(EXPLORER) }

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** What a browser may open that is not the dashboard's: the API, and the files of the pages. */
const NOT_THE_APP = /^\/(?:v1|assets|health|ready|metrics)(?:\/|$)/

interface File {
  name: string
  etag: string
  plain: Buffer
  brotli: Buffer | null
}

/**
 * Serves what `npm run build` made of `src/ui`. Pages go by their names without `.html`; their hashed assets may be kept for ever;
 * whatever else a browser navigates to is a place in the dashboard, which finds its way by itself.
 */
export function pages(): RequestHandler {
  const dir = pagesDir()
  const names = filesIn(dir)
  const known = new Map<string, File>()
  const file = (name: string): File => {
    const held = known.get(name) ?? read(dir, names, name)
    known.set(name, held)
    return held
  }
  return (req, res, next) => {
    const name = req.method === 'GET' || req.method === 'HEAD' ? nameOf(req, names) : null
    if (name === null) next()
    else send(file(name), req, res, next)
  }
}

function nameOf(req: Request, names: ReadonlySet<string>): string | null {
  const name = req.path.slice(1)
  if (names.has(name) && !name.endsWith('.br')) return name
  if (names.has(`${name}.html`)) return `${name}.html`
  const opened = req.headers.accept?.includes('text/html') === true
  return name === '' || (opened && !NOT_THE_APP.test(req.path)) ? 'index.html' : null
}

function read(dir: string, names: ReadonlySet<string>, name: string): File {
  const bytes = (of: string) => readFileSync(path.join(dir, of))
  const plain = bytes(name)
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  return { name, etag, plain, brotli: names.has(`${name}.br`) ? bytes(`${name}.br`) : null }
}

function send({ name, etag, plain, brotli }: File, req: Request, res: Response, next: NextFunction): void {
  const forEver = name.startsWith('assets/')
  const compressed = brotli !== null && req.acceptsEncodings('br') === 'br'
  res.setHeader('Content-Security-Policy', POLICY_OF[name] ?? POLICY)
  res.setHeader('Cache-Control', forEver ? 'public, max-age=31536000, immutable' : 'no-cache')
  res.setHeader('Content-Type', TYPES[path.extname(name)] ?? 'application/octet-stream')
  res.setHeader('Vary', 'Accept, Accept-Encoding')
  res.setHeader('ETag', etag)
  // Scripts cannot see the cookie; the page may begin at once what only somebody who is signed in can ask.
  if (name.endsWith('.html')) res.setHeader('Server-Timing', cookieToken(req) === null ? 'nobody' : 'signed-in')
  if (req.fresh) {
    res.status(304).end()
    return
  }
  if (compressed) res.setHeader('Content-Encoding', 'br')
  const body = compressed ? brotli : plain
  res.setHeader('Content-Length', body.byteLength)
  res.end(req.method === 'HEAD' ? undefined : body, (error?: Error | null) => error && next(error))
}

/** Names such as `index.html` and `assets/main-3F2A.js`. */
function filesIn(dir: string): ReadonlySet<string> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const nameOf = (file: string) => path.relative(dir, file).replaceAll(path.sep, '/')
  return new Set(entries.map(({ parentPath, name }) => nameOf(path.join(parentPath, name))))
}
