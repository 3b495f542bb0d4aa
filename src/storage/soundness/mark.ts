import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Log } from '../../log.ts'
import { damaged } from '../migrate.ts'
import { openSqlite } from '../sqlite.ts'
import { closeHandles, type Handles, openHandles } from './pages.ts'
import type { TrueFile } from './past-readings.ts'
import { readPlace, type WrittenPlace, writePlace } from './place.ts'
import { type Found, Reader, treesOf } from './reading.ts'

/** What a run of the appliance found wrong with a true file: the next one need not read all of it again to know. */
export interface Mark extends WrittenPlace {
  file: TrueFile
  /** The table; null where it is none of a table's. */
  table: string | null
  /** What SQLite says is wrong. */
  found: string
  /** RFC 3339. */
  at: string
  /** The tree in which it was come upon; reading on from the place comes to it. */
  tree: string | null
}

const MARK_FILE = 'damage.json'

/** So many bytes are read again: at least as many as were when it was found. */
const AGAIN_BYTES = 8 * 1024 * 1024

export async function writeMark(dir: string, file: TrueFile, { tree, after, what }: Found, at: string): Promise<void> {
  const mark: Mark = {
    file,
    table: tree?.table ?? null,
    found: what,
    at,
    tree: tree?.name ?? null,
    ...writePlace(after),
  }
  const to = path.join(dir, MARK_FILE)
  await writeFile(`${to}.partial`, `${JSON.stringify(mark)}\n`, { mode: 0o600, flush: true })
  renameSync(`${to}.partial`, to)
}

/** Null: nothing was found, or it cannot be read any more. */
export function readMark(dir: string): Mark | null {
  try {
    return JSON.parse(readFileSync(path.join(dir, MARK_FILE), 'utf8')) as Mark
  } catch {
    return null
  }
}

export const removeMark = (dir: string): void => rmSync(path.join(dir, MARK_FILE), { force: true })

/**
 * Throws where a mark says that a file is damaged and it still is. What the mark names is read again, and nothing else; where that is sound now,
 * because the file was put back meanwhile, the mark goes. For whoever holds the lock of the directory, before anything in it is opened.
 * Answers the file that a mark was removed of: what is known of the rest of it was known of another.
 */
export function assertUnmarked(dir: string, log: Log): TrueFile | null {
  const mark = readMark(dir)
  if (mark === null) {
    removeMark(dir)
    return null
  }
  const file = path.join(dir, mark.file)
  const found = existsSync(file) ? stillWrong(file, mark) : null
  if (found !== null) throw damaged(file, found)
  removeMark(dir)
  log.info({ file: mark.file, table: mark.table, found: mark.found, at: mark.at }, 'what was damaged is sound again')
  return mark.file
}

/** What is still wrong where the mark says; null: nothing. */
function stillWrong(file: string, mark: Mark): string | null {
  let handles: Handles | null = null
  try {
    const db = openSqlite(file)
    try {
      // The log need not be there until somebody has read.
      db.prepare('SELECT count(*) FROM sqlite_schema').get()
      handles = openHandles(file)
      const reader = new Reader(db, handles)
      const tree = treesOf(db).find(({ name }) => name === mark.tree)
      if (tree) reader.readOn(tree, readPlace(mark), AGAIN_BYTES)
      else if (mark.tree === null) reader.readFreePages()
      return null
    } finally {
      db.close()
    }
  } catch {
    return mark.found
  } finally {
    // After the connection, whose locks would go with them.
    if (handles) closeHandles(handles)
  }
}
