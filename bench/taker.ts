import { constants, setPriority } from 'node:os'
import { BareClient } from './bare-client.ts'

/**
 * Reads an answer and forgets it, whenever it is told to, until it ends or is to stop; in a process of its own: what this costs is not what
 * a list waits for.
 */
export interface TakeOrder {
  url: string
}

export type ToTaker = { take: string } | 'stop'

/** What was taken, and in what time; all of it, unless it was stopped. */
export interface Taken {
  bytes: number
  seconds: number
  firstMs: number
}

const { url } = JSON.parse(process.argv[2] ?? '{}') as TakeOrder
// It stands for another machine, whose processor is its own.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW)
let client = new BareClient(url)

process.on('message', async (message: ToTaker) => {
  if (message === 'stop') {
    client.close()
    client = new BareClient(url)
    return
  }
  const { status, size, firstMs, ms, ended } = await client.take(message.take)
  if (ended && status !== 200) throw new Error(`${message.take} answered ${status}`)
  process.send?.({ bytes: size, seconds: ms / 1000, firstMs } satisfies Taken)
})
process.send?.('ready')
