import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { EXECUTABLE, temporaryDir } from './process.ts'

/** Brings up the loopback of a new network, with what every Debian has. */
const LOOPBACK_UP =
  'use Socket; socket(S, AF_INET, SOCK_DGRAM, 0); $up = pack("a16sx14", "lo", 0x49); ioctl(S, 0x8914, $up) or die $!'
const RUN = path.join(import.meta.dirname, 'offline-run.ts')

it.runIf(process.platform === 'linux')('needs no network, and does not ask for one', { timeout: 60_000 }, async () => {
  const inside = `perl -e '${LOOPBACK_UP}' && exec "${process.execPath}" --import tsx "${RUN}" "${EXECUTABLE}" "${temporaryDir()}/data"`
  const { stdout } = await promisify(execFile)('unshare', ['--map-root-user', '--net', 'sh', '-c', inside])
  const seen = JSON.parse(stdout) as { statuses: number[]; traces: number; waysOut: number; afterAskingForOne: number }
  expect(seen.statuses).toEqual([201, 201, 200, 200, 200])
  expect(seen.traces).toBe(2)
  expect(seen.waysOut, 'nobody asked for a way out').toBe(0)
  expect(seen.afterAskingForOne, 'and it would have been noticed').toBeGreaterThan(0)
})
