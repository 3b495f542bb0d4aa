import { Worker } from 'node:worker_threads'
import { threadScript } from '../parts.ts'

export type ThreadName = 'writer-thread' | 'reader-thread' | 'analytics-thread' | 'console-thread' | 'indexer-thread'

/** Starts one of the bundled threads. */
export function startThread(name: ThreadName, data: object): Worker {
  const script = threadScript(name)
  const options = { name, workerData: data }
  return 'file' in script ? new Worker(script.file, options) : new Worker(script.code, { ...options, eval: true })
}
