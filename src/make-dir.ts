import { existsSync, lstatSync, mkdirSync, readlinkSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * Makes a directory, and those above it that are not there, for this user alone. Node's own `recursive` tries for ever where the system says of a
 * directory that is there that it is not, as of one in `/proc`, or behind a link to a disk that is not mounted.
 */
export function makeDir(dir: string): void {
  if (isDir(dir)) return
  const above = path.dirname(dir)
  if (!existsSync(above)) makeDir(above)
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch (error) {
    // Another process may have been quicker.
    if (!isDir(dir)) throw deadLink(dir) ?? error
  }
}

const isDir = (dir: string): boolean => statSync(dir, { throwIfNoEntry: false })?.isDirectory() ?? false

function deadLink(dir: string): Error | null {
  if (!lstatSync(dir, { throwIfNoEntry: false })?.isSymbolicLink()) return null
  return Object.assign(new Error(`${dir} is a link to ${readlinkSync(dir)}, which is not there`), {
    code: 'ENOENT',
    syscall: 'mkdir',
  })
}
