import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Response } from 'express'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeClock } from '../../storage/control/testing.ts'
import { eventually } from '../../testing.ts'
import { EventStream } from './stream.ts'

let server: Server
let streams: { events: EventStream; closed: number }[]
beforeEach(async () => {
  streams = []
  server = createServer((_, res) => {
    const stream = { closed: 0 } as (typeof streams)[number]
    stream.events = new EventStream(res as Response, new FakeClock(), () => {
      stream.closed += 1
    })
    streams.push(stream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const connect = () =>
  new Promise<IncomingMessage>((resolve) => {
    const { port } = server.address() as AddressInfo
    request({ port, host: '127.0.0.1' }, resolve).end()
  })
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('cuts off a client that does not read once its share is full, and no other', async () => {
  const slow = await connect()
  const reading = await connect()
  let read = 0
  reading.on('data', (piece: Buffer) => {
    read += piece.length
  })
  slow.on('error', () => undefined)
  const [unread, taken] = streams
  const data = 'x'.repeat(20_000)
  let sent = 0
  // Sockets of the system take up a few megabytes; far more than they ever do would be memory of ours.
  while (unread?.closed === 0 && sent < 2_000) {
    sent += 1
    for (const { events } of streams) events.send(sent, data)
    await turn()
  }
  expect(unread?.closed).toBe(1)
  expect(sent).toBeGreaterThan(13)
  expect(sent).toBeLessThan(2_000)
  for (let i = 0; i < 50; i++) {
    sent += 1
    taken?.events.send(sent, data)
    unread?.events.send(sent, data)
    await turn()
  }
  await eventually(() => expect(read).toBeGreaterThan(sent * data.length))
  expect([unread?.closed, taken?.closed]).toEqual([1, 0])
})
