import { type LoadedConfig, loadConfig } from '../config.ts'
import { unpackInto } from '../parts.ts'

/** The configuration, as every command that touches the data directory begins: from here on what is written is for this user alone. */
export function loadSettings(): LoadedConfig {
  process.umask(0o077)
  const loaded = loadConfig(process.env, process.cwd())
  unpackInto(process.env, loaded.config.data_dir)
  return loaded
}
