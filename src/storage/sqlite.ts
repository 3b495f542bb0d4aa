import Database from 'better-sqlite3'
import { nativeAddon } from '../parts.ts'

let addon: object | undefined

/** Opens a SQLite file. The one door to SQLite: in the single executable the native add-on does not come from a package. */
export function openSqlite(file: string, options: Database.Options = {}): Database.Database {
  addon ??= nativeAddon('better_sqlite3.node')
  // The types know a path only; an add-on that is loaded already is taken too.
  return new Database(file, addon ? { ...options, nativeBinding: addon as unknown as string } : options)
}
