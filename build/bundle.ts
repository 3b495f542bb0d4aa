import { rmSync } from 'node:fs'
import { type BuildOptions, build } from 'esbuild'
import { buildPages } from './ui.ts'

/**
 * Bundles the server and its threads into `dist/`, one file each. Only what cannot be bundled stays a package: the native add-on
 * and, with it, its loader.
 */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  outdir: 'dist',
  sourcemap: true,
  logLevel: 'warning',
  external: ['better-sqlite3'],
  // CommonJS packages inside an ES module bundle still ask for `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
} satisfies BuildOptions

rmSync('dist', { recursive: true, force: true })
await build({
  ...common,
  entryPoints: {
    main: 'src/main.ts',
    'writer-thread': 'src/storage/telemetry/writer-thread.ts',
    'reader-thread': 'src/storage/telemetry/reader-thread.ts',
  },
})
await buildPages()
