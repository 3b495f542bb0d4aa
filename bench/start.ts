import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { Appliance, benchDir, get, remove, sleep } from './appliance.ts'
import { mb, ms, percentile, printTable, ratio, verdict } from './figures.ts'

/**
 * What the single executable weighs, how soon it is ready and what it takes to be idle. The floor of the time is Node itself, which starts and ends.
 * On a new directory (it unpacks its libraries and makes its files), and again on the same.
 */
const EXECUTABLE = 'dist/trulayer'
const ROUNDS = 7
const SETTLED_MS = 5_000
/** V8 gives back what the start needed once nothing has happened for some ten to twenty seconds. */
const IDLE_MS = 30_000
const IDLE_ROUNDS = 3

const floor = await times(ROUNDS, bareNode)
const first: number[] = []
const again: number[] = []
const settled: number[] = []
const idle: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const dir = benchDir()
  try {
    const options = {
      dir,
      dist: 'dist',
      nodeFlags: [],
      env: { XDG_CACHE_HOME: `${dir}/cache` },
      executable: EXECUTABLE,
    }
    const fresh = await Appliance.start(options)
    first.push(fresh.readyMs)
    await fresh.stop()
    const appliance = await Appliance.start(options)
    again.push(appliance.readyMs)
    if ((await get(`${appliance.url}/ready`)).status !== 200) throw new Error('it is not ready')
    await sleep(SETTLED_MS)
    settled.push(appliance.memory().now)
    if (round < IDLE_ROUNDS) {
      await sleep(IDLE_MS - SETTLED_MS)
      idle.push(appliance.memory().now)
    }
    await appliance.stop()
  } finally {
    remove(dir)
  }
}

const size = statSync(EXECUTABLE).size / 1e6
const slowest = Math.max(...first, ...again)
const memory = Math.max(...idle)
printTable(`${EXECUTABLE}, ${ROUNDS} starts`, [
  ['size', mb(size), 'target ≤ 190 MB', verdict(size <= 190)],
  ['ready on a new directory, p50', ms(percentile(first, 0.5))],
  [
    'ready again, p50',
    ms(percentile(again, 0.5)),
    `${ratio(percentile(again, 0.5) / percentile(floor, 0.5))} × a bare node -e 0`,
  ],
  ['slowest of all', ms(slowest), 'target ≤ 1 s', verdict(slowest <= 1000)],
  [
    `memory after ${SETTLED_MS / 1000} s`,
    mb(Math.max(...settled)),
    'target ≤ 130 MB',
    verdict(Math.max(...settled) <= 130),
  ],
  [`memory, idle for ${IDLE_MS / 1000} s`, mb(memory), 'target ≤ 130 MB', verdict(memory <= 130)],
])

async function times(count: number, work: () => Promise<void>): Promise<number[]> {
  const taken: number[] = []
  for (let i = 0; i < count; i++) {
    const began = performance.now()
    await work()
    taken.push(performance.now() - began)
  }
  return taken
}

function bareNode(): Promise<void> {
  return new Promise((resolve) => {
    spawn(process.execPath, ['-e', '0']).once('exit', () => resolve())
  })
}
