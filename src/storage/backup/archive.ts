import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import path from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGunzip, createGzip } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import { makeDir } from '../../make-dir.ts'
import type { Contents } from './check.ts'
import { BACKED_UP, BackupError } from './files.ts'

/**
 * A backup is a `.tar.gz` that `tar` can read: `manifest.json` first, then the files it names.
 */
export interface Manifest {
  format: 1
  /** The version of TruLayer that made it. */
  version: string
  /** RFC 3339 UTC. */
  created_at: string
  contents: Contents
  files: { name: string; bytes: number; sha256: string }[]
}

const MANIFEST = 'manifest.json'

/** Sizes and hashes of the files of `dir` that belong into a backup. */
export async function describeFiles(dir: string): Promise<Manifest['files']> {
  const files: Manifest['files'] = []
  for (const name of BACKED_UP) {
    const file = path.join(dir, name)
    const found = await stat(file).catch(() => null)
    if (found) files.push({ name, bytes: found.size, sha256: await hashFile(file) })
  }
  return files
}

/** Writes the files of `dir` that the manifest names, and the manifest, to the new file `to`. On the disk when it resolves. */
export async function writeArchive(dir: string, manifest: Manifest, to: string): Promise<void> {
  const tar = pack()
  const written = pipeline(
    tar,
    // Level 1: traces are text, which shrinks well, and the machine has other work to do.
    createGzip({ level: constants.Z_BEST_SPEED }),
    createWriteStream(to, { flags: 'wx', mode: 0o600, flush: true }),
  )
  const filled = fill(tar, dir, manifest).catch((error: Error) => {
    tar.destroy(error)
    throw error
  })
  await Promise.all([written, filled])
}

async function fill(tar: ReturnType<typeof pack>, dir: string, manifest: Manifest): Promise<void> {
  const mtime = new Date(manifest.created_at)
  tar.entry({ name: MANIFEST, mode: 0o600, mtime }, JSON.stringify(manifest, null, 2))
  for (const { name, bytes } of manifest.files) {
    const entry = tar.entry({ name, size: bytes, mode: 0o600, mtime })
    await pipeline(createReadStream(path.join(dir, name)), entry)
  }
  tar.finalize()
}

/**
 * Reads a backup through, holding each file against the manifest; with `into`, writes the files to that directory, on the disk when it
 * resolves. Throws `BackupError` when it is not a backup, or not whole.
 */
export async function readArchive(file: string, into: string | null): Promise<Manifest> {
  const seen = new Map<string, string>()
  let manifest: Manifest | null = null
  if (into !== null) makeDir(into)
  const tar = extract()
  // Nothing may be awaited between this and the loop: an entry that comes while nobody asks for one is never asked for again.
  const read = pipeline(createReadStream(file), createGunzip(), tar)
  // The loop below sees the same failure; this keeps it from being one that nobody waits for.
  read.catch(() => {})
  try {
    for await (const entry of tar) {
      const { name } = entry.header
      if (manifest === null) {
        if (name !== MANIFEST) throw new BackupError('it does not begin with a manifest')
        manifest = parseManifest(await text(entry))
        continue
      }
      if (!(BACKED_UP as readonly string[]).includes(name) || seen.has(name))
        throw new BackupError(`${name} does not belong in it`)
      const hash = createHash('sha256')
      if (into === null) await pipeline(entry, hashing(hash), drain())
      else
        await pipeline(
          entry,
          hashing(hash),
          createWriteStream(path.join(into, name), { flags: 'wx', mode: 0o600, flush: true }),
        )
      seen.set(name, hash.digest('hex'))
    }
    await read
  } catch (error) {
    if (isOurDisk(error)) throw error
    throw new BackupError(`${file} is not a whole backup: ${(error as Error).message}`)
  }
  return whole(file, manifest, seen)
}

function whole(file: string, manifest: Manifest | null, seen: Map<string, string>): Manifest {
  if (manifest === null) throw new BackupError(`${file} is not a backup: it is empty`)
  for (const { name, sha256 } of manifest.files) {
    if (seen.get(name) !== sha256)
      throw new BackupError(`${file} is not a whole backup: ${name} is not what its manifest says`)
  }
  return manifest
}

function parseManifest(json: string): Manifest {
  const manifest = JSON.parse(json) as Partial<Manifest>
  if (manifest.format !== 1) {
    throw new BackupError(
      `its format is ${manifest.format}, and this version of TruLayer knows format 1; use a later version`,
    )
  }
  if (!Array.isArray(manifest.files)) throw new BackupError('its manifest names no files')
  return manifest as Manifest
}

/** A full disk, or a file that is not there or may not be read, says so itself. */
const isOurDisk = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EFBIG', 'EACCES', 'EPERM', 'ENOENT', 'EISDIR', 'EEXIST', 'EIO'].includes(
    (error as { code?: string }).code ?? '',
  )

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer)
  return hash.digest('hex')
}

function hashing(hash: Hash): Transform {
  return new Transform({
    transform(piece: Buffer, _, done) {
      hash.update(piece)
      done(null, piece)
    },
  })
}

function drain(): Transform {
  return new Transform({ transform: (_piece, _encoding, done) => done() }).resume()
}

async function text(stream: AsyncIterable<unknown>): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}

/** Makes the names in a directory durable, after a rename. */
export async function syncDir(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
