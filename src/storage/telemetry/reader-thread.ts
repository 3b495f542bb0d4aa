import { parentPort, workerData } from 'node:worker_threads'
import type Database from 'better-sqlite3'
import { openSqlite } from '../sqlite.ts'
import { giveWayTo } from './gives-way.ts'
import { QUESTIONS, type QuestionName } from './questions/index.ts'

/** A thread that answers questions from a read-only connection. Streams are drawn piece by piece, interleaved with other questions. */
export interface ReaderData {
  file: string
  cacheBytes: number
  /** For what takes long: counts what is asked of the readers that this one gives way to. */
  givesWayTo?: SharedArrayBuffer
}

export type ToReader =
  | { kind: 'ask'; id: number; question: QuestionName; ask: unknown }
  | { kind: 'more'; id: number }
  | { kind: 'drop'; id: number }
  | { kind: 'close' }

export type FromReader =
  | { kind: 'answer'; id: number; value: unknown }
  /** A stream begins; its pieces follow, one for each `more`. */
  | { kind: 'stream'; id: number }
  | { kind: 'piece'; id: number; bytes: Uint8Array | null }
  | { kind: 'error'; id: number; message: string }
  | { kind: 'ready' }

if (!parentPort) throw new Error('this file runs as a worker thread')
const port = parentPort
const { file, cacheBytes, givesWayTo } = workerData as ReaderData
if (givesWayTo) giveWayTo(givesWayTo)
let opened: Database.Database | null = null
const streams = new Map<number, Generator<Uint8Array>>()

port.on('message', (message: ToReader) => {
  if (message.kind === 'close') {
    opened?.close()
    port.close()
    return
  }
  try {
    handle(message)
  } catch (error) {
    streams.delete(message.id)
    say({ kind: 'error', id: message.id, message: (error as Error).stack ?? String(error) })
  }
})
say({ kind: 'ready' })

/** Opens the file with the first question: the first thread starts while the writer still makes the file, or migrates it. */
function db(): Database.Database {
  if (opened) return opened
  opened = openSqlite(file, { readonly: true })
  opened.pragma(`cache_size = -${Math.floor(cacheBytes / 1024)}`)
  return opened
}

function handle(message: Exclude<ToReader, { kind: 'close' }>): void {
  const { id } = message
  switch (message.kind) {
    case 'ask':
      say(ask(id, message.question, message.ask))
      break
    case 'more':
      say({ kind: 'piece', id, bytes: nextPiece(id) })
      break
    case 'drop':
      streams.get(id)?.return(undefined)
      streams.delete(id)
      break
    default:
      message satisfies never
  }
}

function ask(id: number, name: QuestionName, asked: unknown): FromReader {
  const question = QUESTIONS[name] as (db: Database.Database, ask: unknown) => unknown
  const value = question(db(), asked)
  if (!isStream(value)) return { kind: 'answer', id, value }
  streams.set(id, value)
  return { kind: 'stream', id }
}

function nextPiece(id: number): Uint8Array | null {
  const next = streams.get(id)?.next()
  // Between two pieces a client may take minutes. Whoever kept a cursor open for so long would keep the write-ahead log from being
  // folded: a connection with an open cursor throws here.
  db().exec(';')
  if (next && !next.done) return next.value
  streams.delete(id)
  return null
}

function say(message: FromReader): void {
  const bytes = message.kind === 'piece' ? message.bytes : message.kind === 'answer' ? message.value : null
  const isWhole = bytes instanceof Uint8Array && bytes.byteLength === bytes.buffer.byteLength
  port.postMessage(message, isWhole ? [bytes.buffer as ArrayBuffer] : [])
}

const isStream = (value: unknown): value is Generator<Uint8Array> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value && 'next' in value
