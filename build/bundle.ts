import { rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { COMPACT, MAIN, THREADS } from './entries.ts'
import { licensesOf } from './licenses.ts'
import { buildPages } from './ui.ts'

/**
 * Bundles the server and its threads into `dist/`: one script for each that is started, and what they load, or load later, in `chunks/`. Only
 * what cannot be bundled stays a package: native add-ons and, with them, their loaders.
 */
rmSync('dist', { recursive: true, force: true })
const server = await build({
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  outdir: 'dist',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  sourcemap: true,
  logLevel: 'warning',
  metafile: true,
  ...COMPACT,
  external: ['better-sqlite3', '@duckdb/node-bindings'],
  // CommonJS packages inside an ES module bundle still ask for `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  entryPoints: { main: MAIN, ...THREADS },
})
const pages = await buildPages()
const inputs = [...Object.keys(server.metafile.inputs), ...Object.keys(pages.inputs)]
const besides = ['better-sqlite3', '@duckdb/node-bindings', 'sqlite-vec'].map((name) => `node_modules/${name}`)
writeFileSync('dist/licenses.txt', licensesOf(inputs, besides))
// Wherever it is copied to: without it Node compiles each script twice to find out of what kind it is, which takes longer and leaves 20 MB.
writeFileSync('dist/package.json', '{ "type": "module" }\n')
