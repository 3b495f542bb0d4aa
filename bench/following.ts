import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { API_KEY, Appliance } from './appliance.ts'
import { verdict, whole } from './figures.ts'
import { LOAD, startLoad } from './load-options.ts'

export function start(dir: string, dist: string, nodeFlags: string[] = []): Promise<Appliance> {
  mkdirSync(dir, { recursive: true })
  return Appliance.start({ dir, dist, nodeFlags, env: {} })
}

async function lagOf(url: string, follower: 'analytics' | 'search'): Promise<number> {
  const { followers } = (await (await fetch(`${url}/ready`)).json()) as { followers: { name: string; lag: number }[] }
  return followers.find(({ name }) => name === follower)?.lag ?? 0
}

export async function caughtUp(url: string, follower: 'analytics' | 'search' = 'analytics'): Promise<number> {
  const began = performance.now()
  while ((await lagOf(url, follower)) > 0) await pause(250)
  return performance.now() - began
}

/** How far behind the mirror is, in seconds of arriving traces, while they come as fast as they can. */
export async function keepingUp(url: string, seconds: number): Promise<{ rate: number; lagSeconds: number[] }> {
  const load = startLoad({ ...LOAD, url, apiKey: API_KEY, seconds })
  const lags: number[] = []
  let running = true
  void load.done.then(() => {
    running = false
  })
  while (running) {
    await pause(200)
    lags.push(await lagOf(url, 'analytics'))
  }
  const { acknowledged, ms: took } = await load.done
  const rate = acknowledged / (took / 1000)
  return { rate, lagSeconds: lags.map((lag) => lag / rate) }
}

export interface CostOrder {
  dir: string
  dist: string
  turns: number
  /** Of each turn. */
  seconds: number
}

export interface Sides {
  with: Side
  without: Side
}

/** What an appliance that follows takes in, and one whose mirror stands still, in turns: one of them begins each other time. */
export async function costOfFollowing({ dir, dist, turns, seconds }: CostOrder): Promise<Sides> {
  const sides = { with: new Side(), without: new Side() }
  const still = ['--require', path.resolve(import.meta.dirname, 'no-analytics.cjs')]
  const appliances = {
    with: await start(path.join(dir, 'with'), dist),
    without: await start(path.join(dir, 'without'), dist, still),
  }
  for (let turn = 0; turn < turns; turn += 1) {
    for (const name of turn % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const)) {
      const appliance = appliances[name]
      const before = appliance.cpuSeconds()
      const load = await startLoad({ ...LOAD, url: appliance.url, apiKey: API_KEY, seconds }).done
      if (name === 'with') await caughtUp(appliance.url)
      await caughtUp(appliance.url, 'search')
      sides[name].add(load, appliance.cpuSeconds() - before)
    }
  }
  for (const appliance of Object.values(appliances)) await appliance.stop()
  return sides
}

class Side {
  traces = 0
  seconds = 0
  cpuSeconds = 0

  add({ acknowledged, ms: took }: { acknowledged: number; ms: number }, cpuSeconds: number): void {
    this.traces += acknowledged
    this.seconds += took / 1000
    this.cpuSeconds += cpuSeconds
  }

  /** Over all turns: a store takes in less the larger it is, so that its median turn is no turn of the other's. */
  get rate(): number {
    return this.traces / this.seconds
  }

  get microsPerTrace(): number {
    return (this.cpuSeconds * 1e6) / this.traces
  }
}

export function costRows({ with: following, without }: Sides): string[][] {
  const lost = 1 - following.rate / without.rate
  const of = ({ rate, microsPerTrace }: Side) => `${whole(rate)} traces/s, ${whole(microsPerTrace)} µs of processor`
  return [
    ['ingest, following', of(following)],
    ['ingest, mirror standing still', of(without)],
    ['what following costs ingest', `${(lost * 100).toFixed(0)} %`, `< 10 %: ${verdict(lost < 0.1)}`],
  ]
}
