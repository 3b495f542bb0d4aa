import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

export type ThreadName = 'writer-thread' | 'reader-thread'

/** Starts one of the bundled threads: it stands beside the bundle, or in `dist/` when the sources run as they are (tests). */
export function startThread(name: ThreadName, data: object): Worker {
  const here = path.dirname(fileURLToPath(import.meta.url))
  const places = [here, path.resolve(here, '../../dist')].map((dir) => path.join(dir, `${name}.js`))
  const file = places.find((place) => existsSync(place))
  if (!file) throw new Error(`${name}.js is not built: run npm run build`)
  return new Worker(file, { name, workerData: data })
}
