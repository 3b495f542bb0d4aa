import { type App, startApp } from '../app.ts'
import { systemClock } from '../clock.ts'
import type { LoadedConfig } from '../config.ts'
import { freeBuffersInPlace, giveBackSoon, growModestly, makeAllYoung } from '../heap.ts'
import { createLog, type Log } from '../log.ts'
import { VERSION } from '../version.ts'
import { welcome } from '../welcome.ts'
import { command } from './command.ts'
import { loadSettings } from './settings.ts'

export const serve = command({
  name: 'serve',
  summary: 'Start the appliance',
  details: `It serves at server.host and server.port, from the data in data_dir (./data, or TRULAYER_DATA_DIR), until SIGTERM or SIGINT: then it answers what is
under way, commits it, and ends with 0 within 10 s; a second signal ends it at once, and loses nothing that was acknowledged. SIGHUP reads the
certificate of server.tls again. The log goes to standard output, a JSON object a line.`,
  run: async () => {
    growModestly()
    freeBuffersInPlace()
    makeAllYoung()
    const loaded = loadSettings()
    const log = createLog(loaded.config.log.level)
    for (const name of loaded.unknownVariables) log.warn({ name }, 'a TRULAYER_ variable that means nothing here')
    let started: App | null = null
    // Of a service manager it means: read your files again, which a start does anyway. Of a terminal: it was closed.
    if (!process.stdout.isTTY) process.on('SIGHUP', () => started?.reloadCertificate())
    const app = await startApp({ config: loaded.config, clock: systemClock, log })
    started = app
    announce(app, loaded, log)
    giveBackSoon()
    return stopped(app, log)
  },
})

function announce(app: App, { config, file }: LoadedConfig, log: Log): void {
  log.info({ url: app.url, data: config.data_dir, config: file, version: VERSION }, 'ready')
  // For the person at the terminal, beside the log: the set-up token is meant to be seen here, and nowhere else.
  if (config.log.level !== 'silent') process.stderr.write(welcome(app.url, config, app.setup))
}

/**
 * Resolves once a signal has stopped it. The first one stops gently, a second one at once. A true file that turns out to be damaged stops it as
 * the first one does, and rejects with what is to be done.
 */
function stopped(app: App, log: Log): Promise<number> {
  return new Promise((resolve, reject) => {
    let stopping = false
    const stop = (done: () => void): void => {
      stopping = true
      app.stop().then(done, (error: unknown) => {
        log.error({ err: error }, 'stopping failed')
        resolve(1)
      })
    }
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (stopping) process.exit(1)
        log.info({ signal }, 'stopping')
        stop(() => resolve(0))
      })
    }
    app.damaged.then((error) => {
      if (!stopping) stop(() => reject(error))
    })
  })
}
