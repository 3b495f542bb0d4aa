import { rmSync } from 'node:fs'
import { build } from 'esbuild'
import { COMPACT, MAIN, THREADS } from './entries.ts'
import { buildPages } from './ui.ts'

/**
 * Bundles the server and its threads into `dist/`, one file each. Only what cannot be bundled stays a package: native add-ons and, with
 * them, their loaders.
 */
rmSync('dist', { recursive: true, force: true })
await build({
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  outdir: 'dist',
  sourcemap: true,
  logLevel: 'warning',
  ...COMPACT,
  external: ['better-sqlite3', '@duckdb/node-api'],
  // CommonJS packages inside an ES module bundle still ask for `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  entryPoints: { main: MAIN, ...THREADS },
})
await buildPages()
