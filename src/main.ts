import { type App, startApp } from './app.ts'
import { systemClock } from './clock.ts'
import { ConfigError, type LoadedConfig, loadConfig } from './config.ts'
import { createLog, type Log } from './log.ts'
import { PartsError, unpackInto } from './parts.ts'
import { SchemaError } from './storage/migrate.ts'
import { VERSION } from './version.ts'
import { welcome } from './welcome.ts'

const HELP = `trulayer ${VERSION}

  trulayer [serve]     start the appliance
  trulayer version     print the version

Settings come from config.yaml (or the file that TRULAYER_CONFIG names) and TRULAYER_* variables; config.example.yaml explains each.
`

async function main([command = 'serve']: readonly string[]): Promise<void> {
  switch (command) {
    case 'serve':
      return serve()
    case 'version':
      console.log(VERSION)
      return
    case 'help':
    case '--help':
    case '-h':
      console.log(HELP)
      return
    default:
      throw new ConfigError(`There is no command ${command}; trulayer --help shows them.`)
  }
}

async function serve(): Promise<void> {
  // Whatever is written from here on is for the user who runs this, and for nobody else on the machine.
  process.umask(0o077)
  const loaded = loadConfig(process.env, process.cwd())
  const log = createLog(loaded.config.log.level)
  for (const name of loaded.unknownVariables) log.warn({ name }, 'a TRULAYER_ variable that means nothing here')
  unpackInto(process.env, loaded.config.data_dir)
  const app = await startApp({ config: loaded.config, clock: systemClock, log })
  stopOnSignal(app, log)
  announce(app, loaded, log)
}

function announce(app: App, { config, file }: LoadedConfig, log: Log): void {
  log.info({ url: app.url, data: config.data_dir, config: file, version: VERSION }, 'ready')
  // For the person at the terminal, beside the log: the set-up token is meant to be seen here, and nowhere else.
  if (config.log.level !== 'silent') process.stderr.write(welcome(app.url, config, app.setup))
}

/** The first signal stops gently, a second one at once. */
function stopOnSignal(app: App, log: Log): void {
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      log.info({ signal }, 'stopping')
      app.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'stopping failed')
          process.exit(1)
        },
      )
    })
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const known = error instanceof ConfigError || error instanceof SchemaError || error instanceof PartsError
  process.stderr.write(known ? `${(error as Error).message}\n` : `${(error as Error).stack ?? String(error)}\n`)
  process.exit(1)
})
