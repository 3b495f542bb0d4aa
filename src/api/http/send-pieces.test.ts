import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Response } from 'express'
import { afterEach, expect, it } from 'vitest'
import { eventually } from '../../testing.ts'
import { sendPieces } from './send-pieces.ts'

let server: Server
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** Serves the pieces; resolves with the answer as it begins, and with how sending them went. */
async function serve(pieces: AsyncIterable<Uint8Array>): Promise<{ answer: IncomingMessage; sent: Promise<string> }> {
  let told: (how: string) => void = () => undefined
  const sent = new Promise<string>((resolve) => {
    told = resolve
  })
  server = createServer((_, res) => {
    sendPieces(res as Response, pieces).then(
      () => told('good'),
      (error: Error) => {
        told(error.message)
        res.destroy()
      },
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const [answer] = await once(request({ port, host: '127.0.0.1' }).end(), 'response')
  return { answer, sent }
}

const whole = (size: number, fill: number) => new Uint8Array(new ArrayBuffer(size)).fill(fill)
async function* of(pieces: readonly Uint8Array[]) {
  yield* pieces
}

it('frees what was sent, and nothing that shares its memory', async () => {
  const memory = new ArrayBuffer(10)
  const shared = new Uint8Array(memory, 2, 5).fill(7)
  const pooled = Buffer.from('small')
  const pieces = [whole(300_000, 1), shared, pooled, whole(2_000_000, 2)]
  const expected = Buffer.concat(pieces)
  const { answer, sent } = await serve(of(pieces))
  expect((await buffer(answer)).equals(expected)).toBe(true)
  expect(await sent).toBe('good')
  expect(pieces.map(({ byteLength }) => byteLength)).toEqual([0, 5, 5, 0])
  expect([memory.byteLength, pooled.toString()]).toEqual([10, 'small'])
})

it('draws no more than a client takes, and ends with the client', async () => {
  let drawn = 0
  let ended = false
  async function* endless() {
    try {
      for (;;) {
        drawn += 1
        yield whole(1_000_000, 1)
      }
    } finally {
      ended = true
    }
  }
  const { answer, sent } = await serve(endless())
  answer.on('error', () => undefined)
  await eventually(() => expect(drawn).toBeGreaterThan(0))
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  let before = -1
  for (let still = 0; still < 50; still = drawn === before ? still + 1 : 0) {
    before = drawn
    await turn()
  }
  // Sockets of the system take up a few megabytes.
  expect(drawn).toBeLessThan(50)
  answer.destroy()
  expect(await sent).toBe('good')
  expect(ended).toBe(true)
})

it('tells of pieces that could not be made', async () => {
  let fail: () => void = () => undefined
  const begun = new Promise<void>((resolve) => {
    fail = resolve
  })
  async function* failing() {
    yield whole(1_000, 1)
    await begun
    throw new Error('the disk is gone')
  }
  const { answer, sent } = await serve(failing())
  fail()
  await expect(buffer(answer)).rejects.toThrow('aborted')
  expect(await sent).toBe('the disk is gone')
})
