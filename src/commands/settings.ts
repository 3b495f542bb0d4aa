import { type LoadedConfig, loadConfig } from '../config.ts'
import { unpackInto } from '../parts.ts'
import { handOver } from '../storage/ownership.ts'

/**
 * The configuration, as every command that touches the data directory begins: from here on what is written is for this user alone, or, where
 * root runs it on a directory of somebody else, for them.
 */
export function loadSettings(): LoadedConfig {
  process.umask(0o077)
  const loaded = loadConfig(process.env, process.cwd())
  unpackInto(process.env, loaded.config.data_dir)
  process.once('exit', () => handOver(loaded.config.data_dir))
  return loaded
}
