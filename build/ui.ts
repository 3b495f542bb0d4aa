import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

const ROOT = 'src/ui'
const OUT = 'dist/ui'
/** What a page refers to in its own source: `src="./main.ts"`, `href="../icon.svg"`. */
const REFERENCE = /\b(src|href)="(\.{1,2}\/[^"]+)"/g
/** Where a page names a module: its own scripts, and what it will ask for soon. */
const MODULE = /^ *(?=<(?:script type="module"(?: async)? src|link rel="modulepreload" href)="([^"]+)")/gm
/** Text that is worth sending compressed. Fonts are so already. */
const COMPRESSED = /\.(?:js|css|svg|html)$/

/**
 * Bundles the pages into `dist/ui/`. A page is an HTML file of `src/ui/`; the scripts, styles and pictures that it names by relative
 * path are its entry points, and the built page names them by a hash of what they hold, so that they may be kept for ever. Beside each
 * text lies its brotli form. Answers what they were made of.
 */
export async function buildPages(): Promise<Metafile> {
  const pages = pageFiles().map((file) => ({ file, html: readFileSync(file, 'utf8') }))
  const metafile = await bundle(
    pages.flatMap(({ file, html }) => [...html.matchAll(REFERENCE)].map((m) => source(file, m[2]))),
  )
  const outputs = outputsOf(metafile)
  mkdirSync(OUT, { recursive: true })
  for (const { file, html } of pages) {
    const built = html.replace(REFERENCE, (_, attribute, ref) => `${attribute}="${urlOf(outputs(source(file, ref)))}"`)
    const named = new Set<string>()
    const whole = built.replace(MODULE, (indent, src) => preloads(metafile, src, indent, named) + indent)
    writeFileSync(path.join(OUT, path.basename(file)), whole)
  }
  await compress()
  return metafile
}

function pageFiles(): string[] {
  return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => path.posix.join(ROOT, name.replaceAll(path.sep, '/')))
}

const source = (page: string, ref = ''): string => path.posix.join(path.posix.dirname(page), ref)
const urlOf = (output: string): string => `/${path.posix.relative(OUT, output)}`

async function bundle(entries: readonly string[]): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [...new Set(entries)],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    jsx: 'automatic',
    // `light-dark()` must stay as it is: esbuild would lower it for older browsers, and then the theme could not be switched.
    target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
    outdir: OUT,
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    assetNames: 'assets/[name]-[hash]',
    loader: { '.woff2': 'copy', '.svg': 'copy' },
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    metafile: true,
    logLevel: 'warning',
  })
  return metafile
}

/** A file of a package by its place there: `node_modules` may be a link to elsewhere. */
const inPackages = (file: string): string => file.replace(/^.*(?=node_modules\/)/, '')

/** Answers the file that was made of each entry point. */
function outputsOf(metafile: Metafile): (entry: string) => string {
  const files = new Map<string, string>()
  for (const [file, { entryPoint, inputs }] of Object.entries(metafile.outputs)) {
    const of = entryPoint ?? Object.keys(inputs)[0]
    if (of) files.set(inPackages(of), file)
  }
  return (entry) => {
    const file = files.get(inPackages(entry))
    if (!file) throw new Error(`${entry} was not built`)
    return file
  }
}

/** What a script is sure to ask for next is named in the page, so that it comes at once and not one after the other. */
function preloads(metafile: Metafile, script: string, indent: string, named: Set<string>): string {
  const found: string[] = []
  const walk = (file: string) => {
    for (const { path: next, kind } of metafile.outputs[file]?.imports ?? []) {
      if (kind !== 'import-statement' || named.has(next)) continue
      named.add(next)
      found.push(next)
      walk(next)
    }
  }
  walk(path.posix.join(OUT, script))
  return found.map((file) => `${indent}<link rel="modulepreload" href="${urlOf(file)}">\n`).join('')
}

const brotli = promisify(brotliCompress)

async function compress(): Promise<void> {
  const files = readdirSync(OUT, { recursive: true, encoding: 'utf8' }).filter((name) => COMPRESSED.test(name))
  await Promise.all(
    files.map(async (name) => {
      const text = readFileSync(path.join(OUT, name))
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
      }
      writeFileSync(path.join(OUT, `${name}.br`), await brotli(text, { params }))
    }),
  )
}
