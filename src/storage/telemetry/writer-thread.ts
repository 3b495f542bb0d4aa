import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { createLog } from '../../log.ts'
import { storageFault } from '../faults.ts'
import { closeTrueFile, openTrueFile } from '../migrate.ts'
import { Erasures } from './erasures.ts'
import type { Answer, FromWriter, Standing, ToWriter } from './messages.ts'
import { TELEMETRY_MIGRATIONS } from './migrations.ts'
import type { PackedAppend } from './pack.ts'
import type { Repriced } from './repricer.ts'
import { WAL_BOUNDS, type WalBounds, WriteAheadLog } from './wal.ts'
import { TelemetryWriter } from './writer.ts'

/**
 * The thread that owns `telemetry.db`. Group commit: whatever waits when it looks up is written and committed together, so that
 * the price of a FULL sync is shared by all who wait for it.
 */
export interface WriterData {
  file: string
  logLevel: string
  cacheBytes: number
  readThroughBytes?: number | undefined
  wal?: WalBounds | undefined
}

if (!parentPort) throw new Error('this file runs as a worker thread')
const port = parentPort
const { file, logLevel, cacheBytes, readThroughBytes, wal: walBounds = WAL_BOUNDS } = workerData as WriterData
const say = (message: FromWriter) => port.postMessage(message)

function start(): void {
  const log = createLog(logLevel)
  const db = openTrueFile({
    ...{ file, migrations: TELEMETRY_MIGRATIONS, log, now: () => Date.now() },
    ...{ readThroughBytes, pageSize: 8192 },
  })
  db.pragma(`cache_size = -${Math.floor(cacheBytes / 1024)}`)
  const wal = new WriteAheadLog(db, walBounds)
  const writer = new TelemetryWriter(db)
  const erasures = new Erasures(writer)
  const waiting: Waiting[] = []
  const folds: number[] = []
  const repricings: { id: number; changes: readonly Repriced[] }[] = []
  let closing = false
  let scheduled = false

  const take = (message: ToWriter): void => {
    switch (message.kind) {
      case 'append':
        waiting.push(message)
        break
      case 'erase':
        erasures.add(message.id, message.erase)
        break
      case 'reprice':
        repricings.push(message)
        break
      case 'fold':
        folds.push(message.id)
        break
      case 'close':
        closing = true
        break
      default:
        message satisfies never
    }
  }

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    setImmediate(drain)
  }

  const drain = (): void => {
    scheduled = false
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) take(next.message as ToWriter)
    if (waiting.length > 0) committed(...timed(() => commit(writer, waiting)))
    for (const { id, changes } of repricings.splice(0)) committed([reprice(writer, id, changes)])
    for (const id of folds.splice(0)) committed([{ id, folded: wal.fold() }])
    if (closing && waiting.length === 0) {
      close()
      return
    }
    if (erasures.waiting) committed(erasures.step())
    if (erasures.waiting || waiting.length > 0) schedule()
    if (wal.afterCommit()) log.warn({ bytes: wal.bytes }, 'somebody reads for so long that the write-ahead log grows')
  }

  const committed = (answers: Answer[], took: number | null = null): void =>
    say({ kind: 'committed', answers, at: standing(), took })

  // Both are in memory: the count of free pages stands in the file's first page.
  const standing = (): Standing => ({ head: writer.head, freeBytes: wal.freeBytes })

  const close = (): void => {
    committed(erasures.refuseAll())
    closeTrueFile(db, log)
    say({ kind: 'closed' })
    port.close()
  }

  port.on('message', (message: ToWriter) => {
    take(message)
    schedule()
  })
  if (erasures.waiting) schedule()
  say({ kind: 'ready', at: standing() })
}

function timed<T>(work: () => T): [result: T, ms: number] {
  const began = performance.now()
  const result = work()
  return [result, performance.now() - began]
}

interface Waiting {
  id: number
  append: PackedAppend
}

/**
 * After so much work a commit takes no more in, so that nobody is answered the later for what came after them. It is worth many syncs of the
 * disk, so little is lost.
 */
const COMMIT_MS = 100

/** One commit for what waits, or for the first of it; takes away what it answers. */
function commit(writer: TelemetryWriter, waiting: Waiting[]): Answer[] {
  const answers = commitGroup(writer, waiting)
  waiting.splice(0, answers.length)
  return answers
}

/** If a commit fails for a reason of one append alone, the others are tried without it. */
function commitGroup(writer: TelemetryWriter, group: readonly Waiting[]): Answer[] {
  const until = performance.now() + COMMIT_MS
  try {
    const receipts = writer.commit(
      group.map(({ append }) => append),
      () => performance.now() < until,
    )
    return receipts.map((taken, i) => ({ id: group[i]?.id ?? 0, receipts: taken }))
  } catch (error) {
    const refused = storageFault(error) ?? 'internal'
    const message = (error as Error).message
    if (refused === 'internal' && group.length > 1) return group.flatMap((one) => commitGroup(writer, [one]))
    return group.map(({ id }) => ({ id, refused, message }))
  }
}

function reprice(writer: TelemetryWriter, id: number, changes: readonly Repriced[]): Answer {
  try {
    return { id, repriced: writer.reprice(changes) }
  } catch (error) {
    return { id, refused: storageFault(error) ?? 'internal', message: (error as Error).message }
  }
}

try {
  start()
} catch (error) {
  say({ kind: 'failed', name: (error as Error).name, message: (error as Error).message })
}
