import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { Damage } from './damage.ts'

/**
 * A database file, its write-ahead log and the index of that, open to be read. Nobody may close them while a connection of this process to the
 * file is open: the locks that SQLite holds are the process's, and go with the first descriptor of the file that is closed.
 */
export interface Handles {
  db: number
  /** Null where there is none: the file alone is the truth. */
  wal: number | null
  index: number | null
}

/** Somebody has read from the file by a connection that is still open, so that a log is there if there is to be one. */
export function openHandles(file: string): Handles {
  const open = (name: string): number | null => (existsSync(name) ? openSync(name, 'r') : null)
  return { db: openSync(file, 'r'), wal: open(`${file}-wal`), index: open(`${file}-shm`) }
}

export function closeHandles({ db, wal, index }: Handles): void {
  for (const descriptor of [db, wal, index]) if (descriptor !== null) closeSync(descriptor)
}

/** Of the file format (https://sqlite.org/fileformat2.html) and of the log's index (https://sqlite.org/walformat.html). */
const FRAME_HEADER = 24
const WAL_HEADER = 32
const INDEX_HEADER = 136
const INDEX_BLOCK = 32_768
const FRAMES_PER_BLOCK = 4_096
const FRAMES_IN_FIRST = FRAMES_PER_BLOCK - INDEX_HEADER / 4
/** The index is written without a lock: its head stands there twice, and is whole where both are the same. */
const LOOKS = 1_000

/** The log is so long that finding pages in it would take more than reading them: somebody else is reading for long. */
export class LongLog extends Error {}
const MOST_FRAMES = 65_536

/** The pages of a file as a connection sees them that has just begun to read, and for as long as it does. */
export class Pages {
  readonly #handles: Handles
  readonly #frames: ReadonlyMap<number, number>
  readonly pageSize: number
  /** Bytes of a page that SQLite uses. */
  readonly usable: number
  /** Of the file. */
  readonly count: number
  readonly firstFree: number
  readonly free: number

  /** The caller holds a read transaction, and `pageSize` is what its connection says. */
  constructor(handles: Handles, pageSize: number) {
    this.#handles = handles
    this.pageSize = pageSize
    this.#frames = handles.index === null || handles.wal === null ? new Map() : framesOf(handles.index)
    this.usable = pageSize
    this.count = 1
    const first = this.read(1, Buffer.allocUnsafe(pageSize))
    this.usable = pageSize - (first[20] ?? 0)
    this.count = first.readUInt32BE(28)
    this.firstFree = first.readUInt32BE(32)
    this.free = first.readUInt32BE(36)
  }

  /** Reads a page into `page`, which it answers. */
  read(no: number, page: Buffer): Buffer {
    if (no < 1 || no > this.count) throw new Damage(no, `page ${no} is named, and the file has ${this.count}`)
    const frame = this.#frames.get(no)
    const { db, wal } = this.#handles
    const bytes =
      frame === undefined || wal === null
        ? readSync(db, page, 0, this.pageSize, (no - 1) * this.pageSize)
        : readSync(
            wal,
            page,
            0,
            this.pageSize,
            WAL_HEADER + (frame - 1) * (FRAME_HEADER + this.pageSize) + FRAME_HEADER,
          )
    if (bytes < this.pageSize) throw new Damage(no, `the file ends before page ${no}`)
    return page
  }
}

/** Which frame of the log holds a page, for those pages that the file does not have yet. */
function framesOf(index: number): Map<number, number> {
  const { last, folded } = headOf(index)
  const frames = new Map<number, number>()
  if (folded >= last) return frames
  if (last - folded > MOST_FRAMES) throw new LongLog()
  const block = Buffer.allocUnsafe(FRAMES_PER_BLOCK * 4)
  for (let frame = folded + 1; frame <= last; ) {
    const { at, until } = blockOf(frame)
    const upTo = Math.min(last, until)
    const bytes = (upTo - frame + 1) * 4
    if (readSync(index, block, 0, bytes, at) < bytes) throw new Error('the index of the write-ahead log is too short')
    for (let i = 0; i < bytes; i += 4) frames.set(block.readUInt32LE(i), frame + i / 4)
    frame = upTo + 1
  }
  return frames
}

/** Where in the index the page of a frame is named, and the last frame whose page is named after it without a gap. */
function blockOf(frame: number): { at: number; until: number } {
  if (frame <= FRAMES_IN_FIRST) return { at: INDEX_HEADER + (frame - 1) * 4, until: FRAMES_IN_FIRST }
  const block = Math.floor((frame - FRAMES_IN_FIRST - 1) / FRAMES_PER_BLOCK) + 1
  const before = FRAMES_IN_FIRST + (block - 1) * FRAMES_PER_BLOCK
  return { at: block * INDEX_BLOCK + (frame - before - 1) * 4, until: before + FRAMES_PER_BLOCK }
}

/** The last frame that is committed, and the last that the file has. */
function headOf(index: number): { last: number; folded: number } {
  if (fstatSync(index).size < INDEX_HEADER) return { last: 0, folded: 0 }
  const head = Buffer.allocUnsafe(INDEX_HEADER)
  for (let look = 0; look < LOOKS; look++) {
    readSync(index, head, 0, INDEX_HEADER, 0)
    // Written by this machine, in the order of its bytes; both kinds that we run on are little-endian.
    if (head.compare(head, 48, 96, 0, 48) === 0) return { last: head.readUInt32LE(16), folded: head.readUInt32LE(96) }
  }
  throw new Error('the index of the write-ahead log is never whole')
}
