import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { API_KEY } from './appliance.ts'

/** Reads an answer to its end and forgets it, when it is told to, in a process of its own: what this costs is not what a list waits for. */
export interface TakeOrder {
  url: string
  path: string
}

export interface Taken {
  bytes: number
  seconds: number
  firstMs: number
}

const { url, path } = JSON.parse(process.argv[2] ?? '{}') as TakeOrder
// It stands for another machine, whose processor is its own.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW)
process.send?.('ready')
await once(process, 'message')
const began = performance.now()
const response = await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${API_KEY}` } })
if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
let bytes = 0
let firstMs: number | null = null
for await (const piece of response.body ?? []) {
  firstMs ??= performance.now() - began
  bytes += (piece as Uint8Array).byteLength
}
const took = performance.now() - began
process.send?.({ bytes, seconds: took / 1000, firstMs: firstMs ?? took } satisfies Taken, () => process.disconnect())
