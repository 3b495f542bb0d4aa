import { closeSync, constants, existsSync, fchownSync, fstatSync, openSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'

/** What the appliance keeps in its directory, by name. A directory among them is given as it is: who owns it may do with what is in it as they like. */
const OURS = new RegExp(
  [
    '(telemetry|control|search)\\.db(-wal|-shm|-journal)?',
    '(telemetry|control)\\.before-\\d+\\.db',
    'analytics\\.(duckdb(\\.\\w+)?|tmp|console)',
    'secret\\.key|lock(-journal)?|pid',
    '(restore|damage|checked)\\.json(\\.partial)?',
    'restoring|before-restore-[\\w-]+|exports\\.tmp|cache|rebuild-\\w+',
  ]
    .map((one) => `^(${one})$`)
    .join('|'),
)

/**
 * Root may run a command on the data of a service that has a user of its own. What root made in `dir` goes to the owner of `like`, or the service
 * could not open it. Does nothing for anybody else, or where the directory is root's too; what cannot be given is for `trulayer doctor` to tell.
 * For when this process has no database of `dir` open: closing a file ends the locks that it holds on it.
 */
export function handOver(dir: string, like: string = dir): void {
  if (process.getuid?.() !== 0 || !existsSync(like)) return
  // The directory may be a link to where it is, as systemd makes it.
  const owner = statSync(like)
  if (!owner.isDirectory() || owner.uid === 0) return
  give(dir, owner.uid, owner.gid)
  for (const name of readdirSync(dir)) if (OURS.test(name)) give(path.join(dir, name), owner.uid, owner.gid)
}

/** Whoever may write to the directory could put a link there, to have root give away what it leads to: only what is root's, by one name, is given. */
function give(file: string, uid: number, gid: number): void {
  let fd: number | undefined
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const found = fstatSync(fd)
    if (found.uid === 0 && (found.isDirectory() || (found.isFile() && found.nlink === 1))) fchownSync(fd, uid, gid)
  } catch (error) {
    if (!('syscall' in (error as object))) throw error
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
