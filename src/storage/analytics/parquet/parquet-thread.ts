import { mkdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { openDuckDb } from '../duckdb.ts'
import type { FromParquet, ParquetTask, ToParquet } from './messages.ts'
import { ParquetWriter } from './writer.ts'

/** Makes one Parquet file of the JSON lines that it is sent, hands it over as it comes to be, and ends. */
if (!parentPort) throw new Error('this file runs as a worker thread')
// Elsewhere than on Linux the priority is the whole process's.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW)
const port = parentPort
const { dir, form, memoryBytes } = workerData as ParquetTask
const say = (message: FromParquet) =>
  port.postMessage(message, 'made' in message && message.made !== null ? [message.made.buffer] : [])

/** One thread, so that the rows stay in their order; it can reach nothing but its directory. */
async function open() {
  const spillDir = path.join(dir, 'spill')
  mkdirSync(spillDir)
  const options = {
    enable_external_access: 'true',
    preserve_insertion_order: 'false',
    // Each part is read once.
    enable_external_file_cache: 'false',
  }
  const instance = await openDuckDb(':memory:', { memoryBytes, threads: 1, spillDir }, options)
  const db = await instance.connect()
  await db.run(`SET allowed_directories = ['${dir.replaceAll("'", "''")}/']`)
  await db.run('SET enable_external_access = false')
  await db.run('SET lock_configuration = true')
  const writer = new ParquetWriter(db, dir, form)
  const close = () => {
    writer.close()
    db.closeSync()
    instance.closeSync()
  }
  return { db, writer, close }
}

const opened = open()
let dropped = false
let last: Promise<void> = Promise.resolve()

async function take(message: Exclude<ToParquet, { kind: 'drop' }>): Promise<void> {
  const { writer, close } = await opened
  if (dropped) return
  if (message.kind === 'rows') {
    say({ kind: 'taken', made: await writer.write(message.bytes) })
    return
  }
  const made = await writer.finish()
  // It closes what is open.
  if (dropped) return
  close()
  say({ kind: 'done', made })
  port.close()
}

async function drop(): Promise<void> {
  const { db, close } = await opened
  db.interrupt()
  await last
  close()
}

port.on('message', (message: ToParquet) => {
  if (dropped) return
  if (message.kind === 'drop') {
    dropped = true
    drop()
      .catch(() => undefined)
      .finally(() => port.close())
    return
  }
  last = last
    .then(() => take(message))
    .catch((error: Error) => {
      if (!dropped) say({ kind: 'failed', message: error.message })
    })
})
