import path from 'node:path'
import express, { type RequestHandler, type Response } from 'express'
import { pagesDir } from '../parts.ts'

/** Scripts, styles, fonts and pictures from here and nowhere else; nothing inline, nothing evaluated; nobody may frame a page. */
const STRICT = {
  'default-src': "'self'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
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
const EXPLORER = { ...plain, 'style-src': "'self' 'unsafe-inline'", 'img-src': "'self' data:" }

const header = (policy: Record<string, string>): string =>
  Object.entries(policy)
    .map((directive) => directive.join(' '))
    .join('; ')
const POLICY = header(STRICT)
const POLICY_OF: Record<string, string> = { 'docs.html': header(EXPLORER) }

/** The pages that `npm run build` made, by their names without `.html`; their hashed assets may be kept for ever. */
export function pages(): RequestHandler {
  return express.static(pagesDir(), {
    extensions: ['html'],
    index: 'index.html',
    redirect: false,
    etag: true,
    cacheControl: false,
    setHeaders,
  })
}

function setHeaders(res: Response, file: string): void {
  res.setHeader('Content-Security-Policy', POLICY_OF[path.basename(file)] ?? POLICY)
  const forEver = path.basename(path.dirname(file)) === 'assets'
  res.setHeader('Cache-Control', forEver ? 'public, max-age=31536000, immutable' : 'no-cache')
}
