import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { call } from './client.ts'
import { Appliance } from './process.ts'
import { between, seeded } from './traces.ts'

const ROUNDS = 4
const BATCHES = 20
/** Another run, other moments: `CRASH_SEED=7 npx vitest run src/appliance/task-crash.test.ts`. */
const SEED = Number(process.env.CRASH_SEED ?? 20260301)

const TRACES = BATCHES * 100
const START = '2026-01-01T00:00:00.000Z'

async function fill(appliance: Appliance): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) {
    const spans = [{ name: 'call', type: 'llm', model: 'house', prompt_tokens: 1_000_000 }]
    const traces = Array.from({ length: 100 }, () => ({ name: 'one', started_at: START, spans }))
    expect((await call(appliance, 'POST /v1/ingest/batch', { send: { traces } })).status).toBe(201)
  }
}

async function costs(appliance: Appliance): Promise<Map<unknown, number>> {
  const found = new Map<unknown, number>()
  for (let cursor: unknown = ''; cursor !== null; ) {
    const { body } = await call(appliance, `GET /v1/traces?limit=200${cursor && `&cursor=${cursor}`}`)
    for (const { cost } of body.traces as { cost: unknown }[]) found.set(cost, (found.get(cost) ?? 0) + 1)
    cursor = body.next_cursor
  }
  return found
}

it(`a task goes on after the process was killed in the middle of it (seed ${SEED})`, { timeout: 120_000 }, async () => {
  const random = seeded(SEED)
  const appliance = await Appliance.start()
  await fill(appliance)
  for (let round = 1; round <= ROUNDS; round++) {
    const price = { model: 'house', effective_from: START, per_million: { input: round } }
    await call(appliance, 'PUT /v1/model-prices', { send: price })
    const { status, body } = await call(appliance, 'POST /v1/model-prices/recompute', { send: {} })
    expect(status).toBe(202)
    const killAfterMs = between(random, 5, 250)
    await pause(killAfterMs)
    await appliance.kill()
    await appliance.start()
    const task = async () => (await call(appliance, `GET /v1/tasks/${body.id}`)).body
    await expect.poll(async () => (await task()).state).toBe('done')
    const { attempts } = await task()
    console.log(`round ${round}: killed after ${killAfterMs} ms; done in attempt ${attempts}`)
    expect(await costs(appliance)).toEqual(new Map([[round, TRACES]]))
  }
})
