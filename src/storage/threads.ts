import { Worker } from 'node:worker_threads'
import { threadScript } from '../parts.ts'

export type ThreadName =
  | 'writer-thread'
  | 'reader-thread'
  | 'analytics-thread'
  | 'console-thread'
  | 'parquet-thread'
  | 'indexer-thread'
  | 'check-thread'

/**
 * What a thread may hold of things that were just made, in MB. V8's own 48 let each thread keep as much garbage before it looked:
 * 100 MB more at the peak of ingest, and no quicker.
 */
const YOUNG_MB = 12

/** Starts one of the bundled threads. */
export function startThread(name: ThreadName, data: object): Worker {
  const script = threadScript(name)
  const options = { name, workerData: data, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } }
  return 'file' in script ? new Worker(script.file, options) : new Worker(script.code, { ...options, eval: true })
}
