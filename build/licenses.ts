import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

interface Manifest {
  name: string
  version: string
  license?: string
}

/** `node_modules/zod/v4/core.js` → `node_modules/zod`, also where packages lie inside of packages, or elsewhere. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/

/**
 * The licences of the packages that these files are of, one after the other, by name: what is given away with the program. `files` are the
 * inputs that esbuild names, `packages` directories besides.
 */
export function licensesOf(files: Iterable<string>, packages: readonly string[] = []): string {
  const dirs = new Set(packages)
  for (const file of files) {
    const dir = PACKAGE.exec(file)?.[0]
    if (dir) dirs.add(dir)
  }
  const texts = new Map<string, string>()
  for (const dir of dirs) {
    const { name, version, license } = JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8')) as Manifest
    if (name) texts.set(`${name} ${version}`, `${name} ${version} (${license ?? 'see below'})\n\n${textOf(dir)}`)
  }
  const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
  return `${sorted.join(`\n\n${'-'.repeat(78)}\n\n`)}\n`
}

function textOf(dir: string): string {
  const file = readdirSync(dir).find((name) => /^(licen[cs]e|copying)/i.test(name))
  if (file) return readFileSync(path.join(dir, file), 'utf8').trim()
  return 'The package holds no text of its licence beside its name.'
}

/** Node's own licence, where this installation has it. */
export function nodeLicense(): string {
  const prefix = path.dirname(path.dirname(process.execPath))
  const places = ['LICENSE', 'share/doc/nodejs/LICENSE', 'share/doc/node/LICENSE'].map((name) =>
    path.join(prefix, name),
  )
  const found = places.find((place) => existsSync(place))
  const text = found ? readFileSync(found, 'utf8') : `https://github.com/nodejs/node/blob/${process.version}/LICENSE`
  return `Node.js ${process.version}\n\n${text.trim()}\n`
}
