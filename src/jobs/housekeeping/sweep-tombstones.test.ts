import { afterEach, expect, it } from 'vitest'
import { aTrace, TestApp } from '../../api/testing/app.ts'
import type { TraceId } from '../../ids.ts'
import { eraseTraces } from '../../storage/telemetry/erasing.ts'
import { eventually } from '../../testing.ts'

let app: TestApp
afterEach(() => app.stop())

const places = async (name: string) => {
  const { body } = await app.call('GET /ready', { as: '' })
  return body.followers.find((one: { name: string }) => one.name === name)
}
const erased = async () =>
  (await app.telemetry.ask('changesAfter', { after: 0, limit: 100 })).filter(({ kind }) => kind === 'erased').length
const sweep = async () => {
  const { body } = await app.call('POST /v1/schedules/tombstones.sweep/run')
  await eventually(async () => expect((await app.control.tasks.find(body.id))?.state).toBe('done'))
}

it('tombstones stay until every follower has seen them, and then go', async () => {
  let failing = true
  const apply = async () => {
    if (failing) throw new Error('not now')
  }
  app = await TestApp.start({ followers: [{ name: 'slow', effects: 'elsewhere', apply }] })
  const traces = [aTrace(), aTrace()]
  await app.call('POST /v1/ingest/batch', { send: { traces } })
  await eraseTraces(app.telemetry, { tenantId: app.tenantId, ids: traces.map(({ id }) => id as TraceId) })
  await eventually(async () => expect((await places('slow')).failures).toBeGreaterThan(0))
  expect(await erased()).toBe(2)
  await sweep()
  expect(await erased(), 'as long as one has not seen them').toBe(2)

  failing = false
  app.clock.advance(60_000)
  await eventually(async () => expect((await places('slow')).lag).toBe(0))
  for (const name of ['analytics', 'search']) await eventually(async () => expect((await places(name)).lag).toBe(0))
  await sweep()
  expect(await erased(), 'as long as one would go back to before them after a crash').toBe(2)
  // A follower that does not run any more, or not today, has its place all the same.
  await app.restartWith([])
  await app.control.transaction((trx) => app.control.places.advance(trx, 'switched off', 1))
  await sweep()
  expect(await erased()).toBe(2)
  await app.control.db.deleteFrom('follower_places').where('name', '=', 'switched off').execute()
  const caughtUp = async () => {
    for (const name of ['analytics', 'search']) expect((await places(name)).lag).toBe(0)
  }
  await eventually(caughtUp)
  await sweep()
  await eventually(async () => expect(await erased()).toBe(0))
})
