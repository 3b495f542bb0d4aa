import { open, readdir, stat, statfs } from 'node:fs/promises'
import path from 'node:path'

/** What the data directory takes, and what is left for it. Bytes. */
export interface DiskUse {
  /** By path inside the directory, such as `telemetry.db`. */
  files: ReadonlyMap<string, number>
  /** What the files hold: their sizes, less the free pages of SQLite files, which are filled before the file grows. */
  used: number
  /** What the file system has left for this user. */
  free: number
  /** Free pages of `telemetry.db`: erasing makes them, for a SQLite file does not shrink. */
  reusable: number
  /** Of `used`, what goes by itself once it has been sent. */
  passing: number
}

/** Where files are made that are sent and then thrown away. */
export const PASSING_DIR = 'exports.tmp'

/** Asks the file system, and the head of `search.db`. `reusable` is what the writer of `telemetry.db` says of it. */
export async function diskUse(dir: string, reusable: number): Promise<DiskUse> {
  const search = freeBytes(path.join(dir, 'search.db'))
  const [files, { bavail, bsize }] = await Promise.all([sizes(dir), statfs(dir)])
  let used = -reusable - (await search)
  let passing = 0
  for (const [file, size] of files) {
    used += size
    if (file.startsWith(`${PASSING_DIR}${path.sep}`)) passing += size
  }
  return { files, used, free: bavail * bsize, reusable, passing }
}

/** Of an SQLite file, as its head said when its log was last folded: bytes of a page at 16 (1 is 65,536), free pages at 36. */
async function freeBytes(file: string): Promise<number> {
  try {
    await using handle = await open(file)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(40), 0, 40, 0)
    if (bytesRead < 40) return 0
    const pageSize = buffer.readUInt16BE(16)
    return buffer.readUInt32BE(36) * (pageSize === 1 ? 65_536 : pageSize)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

async function sizes(dir: string): Promise<Map<string, number>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  const found = await Promise.all(files.map(async (file) => [path.relative(dir, file), await sizeOf(file)] as const))
  return new Map(found)
}

/** A write-ahead log may go while we look. */
const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return 0
      throw error
    },
  )
