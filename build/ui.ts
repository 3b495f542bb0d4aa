import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'

const ROOT = 'src/ui'
const OUT = 'dist/ui'
/** What a page refers to in its own source: `src="./main.ts"`, `href="../icon.svg"`. */
const REFERENCE = /\b(src|href)="(\.{1,2}\/[^"]+)"/g

/**
 * Bundles the pages into `dist/ui/`. A page is an HTML file of `src/ui/<page>/`; the scripts, styles and pictures that it names by
 * relative path are its entry points, and the built page names them by a hash of what they hold, so that they may be kept for ever.
 */
export async function buildPages(): Promise<void> {
  const pages = pageFiles().map((file) => ({ file, html: readFileSync(file, 'utf8') }))
  const urlOf = await bundle(
    pages.flatMap(({ file, html }) => [...html.matchAll(REFERENCE)].map((m) => source(file, m[2]))),
  )
  mkdirSync(OUT, { recursive: true })
  for (const { file, html } of pages) {
    const built = html.replace(REFERENCE, (_, attribute, ref) => `${attribute}="${urlOf(source(file, ref))}"`)
    writeFileSync(path.join(OUT, path.basename(file)), built)
  }
}

function pageFiles(): string[] {
  return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => path.posix.join(ROOT, name.replaceAll(path.sep, '/')))
}

const source = (page: string, ref = ''): string => path.posix.join(path.posix.dirname(page), ref)

/** Answers the address of each entry point. */
async function bundle(entries: readonly string[]): Promise<(entry: string) => string> {
  const { metafile } = await build({
    entryPoints: [...new Set(entries)],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    // `light-dark()` must stay as it is: esbuild would lower it for older browsers, and then the theme could not be switched.
    target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
    outdir: OUT,
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    assetNames: 'assets/[name]-[hash]',
    loader: { '.woff2': 'file', '.svg': 'copy' },
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    metafile: true,
    logLevel: 'warning',
  })
  const urls = new Map<string, string>()
  for (const [file, { entryPoint, inputs }] of Object.entries(metafile.outputs)) {
    const of = entryPoint ?? Object.keys(inputs)[0]
    if (of) urls.set(of, `/${path.posix.relative(OUT, file)}`)
  }
  return (entry) => {
    const url = urls.get(entry)
    if (!url) throw new Error(`${entry} was not built`)
    return url
  }
}
