import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { build } from 'esbuild'
import type { Manifest } from '../src/parts.ts'
import { COMPACT, MAIN, THREADS } from './entries.ts'
import { nodeLicense } from './licenses.ts'

/**
 * Makes `dist/trulayer`: Node itself with the bundled server, its threads, the pages and the native add-ons inside, for the machine that this
 * runs on. `npm run build` comes first. See https://nodejs.org/docs/latest-v20.x/api/single-executable-applications.html
 */
const OUT = 'dist/executable'
const EXECUTABLE = 'dist/trulayer'
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const MAC = process.platform === 'darwin'

rmSync(OUT, { recursive: true, force: true })
await bundle()
writeFileSync(path.join(OUT, 'licenses.txt'), `${readFileSync('dist/licenses.txt', 'utf8')}\n${nodeLicense()}`)
const assets = { ...threads(), ...parts(), 'licenses.txt': path.join(OUT, 'licenses.txt') }
const config = {
  main: path.join(OUT, 'main.cjs'),
  output: path.join(OUT, 'blob'),
  disableExperimentalSEAWarning: true,
  useCodeCache: true,
  assets,
}
writeFileSync(path.join(OUT, 'sea.json'), JSON.stringify(config))
run(process.execPath, ['--experimental-sea-config', path.join(OUT, 'sea.json')])
inject()
rmSync(OUT, { recursive: true })
console.log(`${EXECUTABLE}  ${(statSync(EXECUTABLE).size / 1e6).toFixed(1)} MB`)

/** An executable starts from CommonJS only, and so do threads that are started from a text. */
async function bundle(): Promise<void> {
  await build({
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outdir: OUT,
    outExtension: { '.js': '.cjs' },
    logLevel: 'warning',
    ...COMPACT,
    entryPoints: { main: MAIN, ...THREADS },
    alias: { '@duckdb/node-bindings': './build/duckdb-bindings.ts' },
    define: { 'import.meta.url': '__url' },
    banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
  })
}

function threads(): Record<string, string> {
  return Object.fromEntries(Object.keys(THREADS).map((name) => [`threads/${name}.js`, path.join(OUT, `${name}.cjs`)]))
}

/** The directories of files, and the manifest by which the program knows them again. */
function parts(): Record<string, string> {
  const directories = { addons: addons(), ui: filesOf('dist/ui') }
  const manifest: Manifest = {}
  const assets: Record<string, string> = { 'manifest.json': path.join(OUT, 'manifest.json') }
  for (const [directory, files] of Object.entries(directories)) {
    const hashes = Object.entries(files).map(([name, file]) => ({ name, sha256: sha256(readFileSync(file)) }))
    manifest[directory] = { id: sha256(JSON.stringify(hashes)), files: hashes }
    for (const [name, file] of Object.entries(files)) assets[`${directory}/${name}`] = file
  }
  writeFileSync(path.join(OUT, 'manifest.json'), JSON.stringify(manifest))
  return assets
}

/** `{ 'better_sqlite3.node': '/…/better_sqlite3.node', … }`, as the packages of this platform have them. */
function addons(): Record<string, string> {
  const here = createRequire(import.meta.url)
  const platform = `${process.platform}-${process.arch}`
  const dylib = MAC ? 'dylib' : 'so'
  const duckdb = path.dirname(
    createRequire(here.resolve('@duckdb/node-api')).resolve('@duckdb/node-bindings/package.json'),
  )
  const duckdbDir = path.dirname(createRequire(`${duckdb}/`).resolve(`@duckdb/node-bindings-${platform}/package.json`))
  const files = [
    path.join(path.dirname(here.resolve('better-sqlite3/package.json')), 'build/Release/better_sqlite3.node'),
    path.join(duckdbDir, 'duckdb.node'),
    path.join(duckdbDir, `libduckdb.${dylib}`),
    here.resolve(`sqlite-vec-${platform}/vec0.${dylib}`),
  ]
  return Object.fromEntries(files.map((file) => [path.basename(file), file]))
}

function filesOf(dir: string): Record<string, string> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.map((name) => [name.replaceAll(path.sep, '/'), path.join(dir, name)] as const)
  return Object.fromEntries(files.filter(([, file]) => statSync(file).isFile()))
}

function inject(): void {
  const made = path.join(OUT, 'trulayer')
  copyFileSync(process.execPath, made)
  chmodSync(made, 0o755)
  if (MAC) run('codesign', ['--remove-signature', made])
  const segment = MAC ? ['--macho-segment-name', 'NODE_SEA'] : []
  const postject = createRequire(import.meta.url).resolve('postject/dist/cli.js')
  run(process.execPath, [postject, made, 'NODE_SEA_BLOB', path.join(OUT, 'blob'), '--sentinel-fuse', FUSE, ...segment])
  if (MAC) run('codesign', ['--sign', '-', made])
  // A copy, as an installation makes one: of what postject writes in one go Linux maps 20 MB more into whoever runs it.
  rmSync(EXECUTABLE, { force: true })
  copyFileSync(made, EXECUTABLE)
}

/** Runs a tool; what it says is only of interest when it fails. */
function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}
