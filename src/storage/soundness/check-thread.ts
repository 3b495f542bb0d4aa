import os from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { problemsOf } from '../faults.ts'
import { openSqlite } from '../sqlite.ts'
import { type Handles, LongLog } from './pages.ts'
import { readPlace, type WrittenPlace, writePlace } from './place.ts'
import { type Found, Reader, treesOf } from './reading.ts'
import type { Place, Stretch, Tree } from './tree.ts'

/** The thread that reads a true file through while everything else goes on: a little at a time, and last of all. */
export interface CheckData {
  file: string
  handles: Handles
  bytesPerSecond: number
  /** How far a reading came that the last stop broke off. */
  from: Reached | null
}

/** How far a reading has come: bytes, and the tree in which it is. All trees before that one are done. */
export interface Reached extends WrittenPlace {
  tree: string
  done: number
}

export type FromCheck =
  | { kind: 'progress'; reached: Reached; total: number }
  /** A page looked wrong, and SQLite finds nothing wrong with the table. */
  | { kind: 'doubtful'; found: Found }
  | { kind: 'damaged'; found: Found }
  | { kind: 'sound'; bytes: number }

if (!parentPort) throw new Error('this file runs as a worker thread')
const port = parentPort
const { file, handles, bytesPerSecond, from: given } = workerData as CheckData
const say = (message: FromCheck) => port.postMessage(message)

/** Read at once; a few milliseconds, unless the disk is slow. */
const STRETCH_BYTES = 1024 * 1024
/** It keeps still for so many times as long as it read, whatever else it may: a slow disk is somebody else's for most of the time. */
const REST = 3
/** How long it leaves a write-ahead log that somebody's long reading makes grow. */
const LONG_LOG_MS = 5_000
/** What looks wrong is looked at again after so long. */
const AGAIN_MS = 200
const SAY_MS = 250

const stopping = new AbortController()
const { signal } = stopping

class Stopped extends Error {}

/** Says what is wrong with the file, if anything is. */
async function check(): Promise<void> {
  const reader = new Reader(db, handles)
  let total = 0
  let trees: Tree[] = []
  const begun = await attempt({ tree: null, after: null }, () => {
    trees = treesOf(db)
    total = reader.used()
    return { to: null, bytes: 0 }
  })
  if (begun === 'damaged') return
  // A later version may have made something else of the tree.
  const from = trees.some(({ name }) => name === given?.tree) ? given : null
  const first = Math.max(
    0,
    trees.findIndex(({ name }) => name === from?.tree),
  )
  let done = from?.done ?? 0
  let said = 0
  const tell = (tree: Tree, after: Place | null): void => {
    if (performance.now() - said < SAY_MS) return
    said = performance.now()
    say({ kind: 'progress', reached: { tree: tree.name, done: Math.min(done, total), ...writePlace(after) }, total })
  }

  for (const tree of trees.slice(first)) {
    // What is added while this reads was written a moment ago: whoever ran after it might never come to an end.
    const last = reader.lastRow(tree)
    let after: Place | null = tree.name === from?.tree ? readPlace(from) : null
    do {
      tell(tree, after)
      const stretch: Stretch | 'damaged' = await attempt({ tree, after }, () =>
        reader.readOn(tree, after, STRETCH_BYTES),
      )
      if (stretch === 'damaged') return
      after = stretch.to
      done += stretch.bytes
    } while (after !== null && !(typeof after === 'number' && last !== null && after >= last))
  }
  const free = await attempt({ tree: null, after: null }, () => ({ to: null, bytes: reader.readFreePages() }))
  if (free !== 'damaged') say({ kind: 'sound', bytes: total })
}

/**
 * Reads, and rests. Nothing stops the appliance on the word of these few hundred lines: what looks wrong twice is put to SQLite, which reads all of
 * the table and has the last word on it.
 */
async function attempt(where: Pick<Found, 'tree' | 'after'>, read: () => Stretch): Promise<Stretch | 'damaged'> {
  for (let looks = 0; ; ) {
    const began = performance.now()
    try {
      const stretch = read()
      await rest(performance.now() - began, stretch.bytes)
      return stretch
    } catch (error) {
      if (error instanceof Stopped) throw error
      if (error instanceof LongLog) {
        await keepStill(LONG_LOG_MS)
        continue
      }
      looks += 1
      if (looks > 1) return judge({ ...where, what: (error as Error).message })
      await keepStill(AGAIN_MS)
    }
  }
}

/** Where SQLite finds nothing wrong, all of the table has been read. */
function judge(found: Found): Stretch | 'damaged' {
  const [problem] = problemsOf(db, found.tree?.table ?? null)
  if (problem === undefined) {
    say({ kind: 'doubtful', found })
    return { to: null, bytes: 0 }
  }
  say({ kind: 'damaged', found: { ...found, what: problem } })
  return 'damaged'
}

const rest = (took: number, bytes: number): Promise<void> =>
  keepStill(Math.max(took * REST, (bytes / bytesPerSecond) * 1000 - took))

async function keepStill(ms: number): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {
    throw new Stopped()
  })
}

// On Linux a priority is a thread's own; elsewhere it would be the whole process's.
if (os.platform() === 'linux') os.setPriority(10)
const db = openSqlite(file, { readonly: true, timeout: 10_000 })
port.on('message', () => stopping.abort())
check()
  .catch((error: unknown) => {
    if (!(error instanceof Stopped)) throw error
  })
  .finally(() => {
    db.close()
    port.close()
  })
