import { expect, it } from 'vitest'
import { type Answer, call, each } from './client.ts'
import { Appliance } from './process.ts'
import { listIds } from './reading.ts'
import { batchOf, nativeOf, type Sent, seeded, someTraces } from './traces.ts'

const TRACES = 1_000
const AT_ONCE = 50

/** One client that sends all of it in batches, two at a time. */
async function sendAll(
  appliance: Appliance,
  traces: readonly Sent[],
): Promise<{ ingested: number; duplicates: number }> {
  const batches = Array.from({ length: traces.length / AT_ONCE }, (_, i) =>
    traces.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
  )
  const total = { ingested: 0, duplicates: 0 }
  await each(batches, 2, async (batch) => {
    const { status, body } = await call(appliance, 'POST /v1/ingest/batch', { send: batchOf(batch) })
    expect(status, JSON.stringify(body)).toBe(201)
    expect(body.errors).toEqual([])
    expect((body.ids as string[]).length).toBe(body.ingested)
    total.ingested += Number(body.ingested)
    total.duplicates += Number(body.duplicates)
  })
  return total
}

it('takes what two clients send at once for one, also after a restart', { timeout: 30_000 }, async () => {
  const appliance = await Appliance.start()
  const traces = someTraces(seeded(1), TRACES, { spans: 1, text: 40 })
  const [one, other] = await Promise.all([sendAll(appliance, traces), sendAll(appliance, traces)])
  expect(one.ingested + other.ingested).toBe(TRACES)
  expect(one.duplicates + other.duplicates).toBe(TRACES)
  const ids = new Set(traces.map(({ id }) => id))
  expect(await listIds(appliance)).toEqual(ids)

  await appliance.term()
  await appliance.start()
  expect(await sendAll(appliance, traces)).toEqual({ ingested: 0, duplicates: TRACES })
  expect(await listIds(appliance)).toEqual(ids)
})

it('answers one of two single traces sent at once with 201 and the other with 200', async () => {
  const appliance = await Appliance.start()
  const traces = someTraces(seeded(2), 100, { spans: 1, text: 40 })
  const single = (trace: Sent): Promise<Answer> => call(appliance, 'POST /v1/ingest', { send: nativeOf(trace) })
  const duplicate = { status: 200, body: { status: 'duplicate' } }
  await each(traces, 8, async (trace) => {
    const answers = await Promise.all([single(trace), single(trace)])
    const [first, second] = answers.sort((a, b) => b.status - a.status)
    expect(first).toMatchObject({ status: 201, body: { id: trace.id } })
    expect(second).toMatchObject(duplicate)
  })
  await appliance.kill()
  await appliance.start()
  await each(traces, 8, async (trace) => expect(await single(trace)).toMatchObject(duplicate))
  expect((await listIds(appliance)).size).toBe(traces.length)
})

it('takes a trace that is twice in one batch once', async () => {
  const appliance = await Appliance.start()
  const [trace] = someTraces(seeded(3), 1)
  if (!trace) throw new Error('no trace')
  const answer = await call(appliance, 'POST /v1/ingest/batch', { send: batchOf([trace, trace]) })
  expect(answer).toMatchObject({ status: 201, body: { ingested: 1, duplicates: 1, ids: [trace.id], errors: [] } })
})
