import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TestApp } from '../api/testing/app.ts'
import { eventually } from '../testing.ts'
import { schedule } from './cron.ts'
import { perform, taskKind } from './registry.ts'

const HOUR = 3_600_000

let app: TestApp
afterEach(() => app.stop())

/** A schedule at five past every hour, whose runs wait to be told how they end. The app's clock begins at noon. */
async function start() {
  const runs: ((error?: Error) => void)[] = []
  const kind = taskKind({ name: 'test.hourly', payload: z.object({}), maxAttempts: 2, concurrency: 4 })
  const work = perform(kind, (_, { signal }) => {
    return new Promise<void>((resolve, reject) => {
      runs.push((error) => (error ? reject(error) : resolve()))
      signal.addEventListener('abort', () => reject(new Error('aborted')))
    })
  })
  const hourly = schedule({ name: 'hourly', summary: 'Every hour.', cron: '5 * * * *', kind, payload: {} })
  app = await TestApp.start({ tasks: [work], schedules: [hourly] })
  const owner = await app.person(app.tenantId, 'owner@example.com', 'owner')
  const ran = (count: number) => eventually(() => expect(runs).toHaveLength(count))
  const shown = async () => {
    const { body } = await app.call('GET /v1/schedules', { as: owner })
    return body.schedules.find(({ name }: { name: string }) => name === 'hourly')
  }
  return { runs, ran, shown, owner }
}

describe('a schedule', () => {
  it('runs when it is due, and shows its last and next run', async () => {
    const { runs, ran, shown } = await start()
    expect(await shown()).toMatchObject({ next_run_at: '2026-03-01T12:05:00.000Z', last_run: null })
    app.clock.advance(5 * 60_000)
    await ran(1)
    expect(await shown()).toMatchObject({
      next_run_at: '2026-03-01T13:05:00.000Z',
      last_run: { state: 'running', kind: 'test.hourly' },
    })
    runs[0]?.()
    await eventually(async () => expect(await shown()).toMatchObject({ last_run: { state: 'done' } }))
    app.clock.advance(HOUR)
    await ran(2)
    runs[1]?.()
  })

  it('does not run twice at once', async () => {
    const { runs, ran } = await start()
    app.clock.advance(HOUR)
    await ran(1)
    app.clock.advance(HOUR)
    await app.call('GET /health', { as: '' })
    expect(runs).toHaveLength(1)
    runs[0]?.()
    app.clock.advance(HOUR)
    await ran(2)
    runs[1]?.()
  })

  it('makes up for the times it missed with one run', async () => {
    const { runs, ran, shown } = await start()
    await app.restartAfter(5 * HOUR)
    await ran(1)
    runs[0]?.()
    await eventually(async () => expect(await shown()).toMatchObject({ last_run: { state: 'done' } }))
    expect((await shown()).next_run_at).toBe('2026-03-01T17:05:00.000Z')
    expect(runs).toHaveLength(1)
  })

  it('can be run by hand, once at a time, and at once after a failure', async () => {
    const { runs, ran, owner } = await start()
    const run = () => app.call('POST /v1/schedules/hourly/run', { as: owner })
    const first = await run()
    expect(first).toMatchObject({ status: 202, body: { kind: 'test.hourly' } })
    await ran(1)
    expect((await run()).body.id).toBe(first.body.id)
    runs[0]?.(new Error('not now'))
    await eventually(async () => expect((await app.control.tasks.find(first.body.id))?.state).toBe('queued'))
    expect((await run()).body.id).toBe(first.body.id)
    await ran(2)
    runs[1]?.()
    expect((await app.call('POST /v1/schedules/daily/run', { as: owner })).status).toBe(404)
    const acts = await app.control.auditLog.list(app.tenantId, { limit: 10 })
    expect(acts.filter(({ action }) => action === 'schedule.run')).toHaveLength(3)
  })
})

it('a month after their end, tasks are removed', async () => {
  const { runs, ran, owner } = await start()
  await app.call('POST /v1/schedules/hourly/run', { as: owner })
  await ran(1)
  runs[0]?.()
  const kept = async () => {
    const rows = await app.control.db.selectFrom('tasks').select('kind').execute()
    return rows.filter(({ kind }) => kind === 'test.hourly').length
  }
  await eventually(async () => expect(await app.control.tasks.counts()).toEqual([]))
  expect(await kept()).toBe(1)
  await app.restartAfter(31 * 24 * HOUR)
  await eventually(async () => expect((await app.call('GET /v1/schedules', { as: owner })).status).toBe(401))
  await eventually(async () => {
    const { last_run } = await sweep()
    expect(last_run?.state).toBe('done')
  })
  // What the missed hour became is the only one left.
  expect(await kept()).toBe(1)
  for (const end of runs) end()
})

async function sweep() {
  const { body } = await app.call('GET /v1/schedules')
  return body.schedules.find(({ name }: { name: string }) => name === 'tasks.sweep')
}
