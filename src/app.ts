import { accessSync, constants } from 'node:fs'
import { ConfigError } from './config.ts'
import { makeDir } from './make-dir.ts'
import type { App, AppOptions } from './services.ts'
import { finishRestore } from './storage/backup/restore.ts'
import { openControl } from './storage/control/open.ts'
import { lockDir } from './storage/lock.ts'
import { Soundness } from './storage/soundness/soundness.ts'
import { Telemetry } from './storage/telemetry/telemetry.ts'

export type { App, AppOptions } from './services.ts'

/**
 * Opens the stores, and starts what works on them. The services are loaded while the threads of the stores start: that takes both half of the
 * time to ready.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, clock, log } = options
  makeUsable(config.data_dir)
  const unlock = lockDir(config.data_dir)
  finishRestore(config.data_dir)
  const soundness = new Soundness({ dir: config.data_dir, storage: config.storage, clock, log })

  const { reader_threads: readerThreads, cache_bytes: cacheBytes } = config.storage
  const files = { dir: config.data_dir, readThroughBytes: config.storage.check_at_start_bytes, log }
  const control = openControl({ ...files, clock })
  const [telemetry, { startServices }] = await Promise.all([
    Telemetry.open({ ...files, readerThreads, cacheBytes }),
    import('./services.ts'),
  ])
  return startServices(options, { soundness, control, telemetry, unlock })
}

function makeUsable(dir: string): void {
  try {
    makeDir(dir)
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new ConfigError(
      `The data directory ${dir} cannot be used: ${(error as Error).message}. Set TRULAYER_DATA_DIR to a directory that this user may write to.`,
    )
  }
}
