// For the bench: the appliance with a mirror that stands still, to see what following costs.
const threads = require('node:worker_threads')

const STILL = `
const { parentPort } = require('node:worker_threads')
parentPort.postMessage({ kind: 'ready', place: 0, head: 0 })
parentPort.on('message', ({ kind, id }) => {
  if (kind === 'close') parentPort.close()
  else parentPort.postMessage({ kind: 'followed', id })
})`
const { Worker } = threads
threads.Worker = class extends Worker {
  constructor(script, options) {
    if (options?.name === 'analytics-thread') super(STILL, { ...options, eval: true })
    else super(script, options)
  }
}
require('node:module').syncBuiltinESMExports()
