import { readdir, stat, statfs } from 'node:fs/promises'
import path from 'node:path'

/** What the data directory takes, and what is left for it. Bytes. */
export interface DiskUse {
  /** By path inside the directory, such as `telemetry.db`. */
  files: ReadonlyMap<string, number>
  /** What the files hold: their sizes, less the free pages of `telemetry.db`, which are filled before the file grows. */
  used: number
  /** What the file system has left for this user. */
  free: number
  /** Free pages of `telemetry.db`: erasing makes them, for a SQLite file does not shrink. */
  reusable: number
}

/** Asks the file system; nothing is read. `reusable` is what the store itself says. */
export async function diskUse(dir: string, reusable: number): Promise<DiskUse> {
  const [files, { bavail, bsize }] = await Promise.all([sizes(dir), statfs(dir)])
  let all = 0
  for (const size of files.values()) all += size
  return { files, used: all - reusable, free: bavail * bsize, reusable }
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
