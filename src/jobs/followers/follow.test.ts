import { afterEach, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../../api/testing/app.ts'
import type { Change } from '../../storage/telemetry/questions/log.ts'
import { eventually } from '../../testing.ts'
import type { Follower } from './follow.ts'

let app: TestApp
afterEach(() => app.stop())

/** A follower that notes what it sees, and fails as often as it is told to. */
function noting(name: string, effects: 'control' | 'elsewhere') {
  const seen: string[] = []
  const state = { failures: 0, calls: 0 }
  const apply = async (batch: readonly Change[]): Promise<void> => {
    state.calls += 1
    if (state.failures > 0) {
      state.failures -= 1
      throw new Error('not now')
    }
    seen.push(...batch.map(({ traceId }) => traceId))
  }
  return { seen, state, follower: { name, effects, apply } satisfies Follower }
}

const send = async (count: number): Promise<string[]> => {
  const traces = Array.from({ length: count }, () => aTrace())
  await app.call('POST /v1/ingest/batch', { send: { traces } })
  return traces.map(({ id }) => id)
}
const health = async (name: string) => {
  const { body } = await app.call('GET /ready', { as: '' })
  return body.followers.find((one: { name: string }) => one.name === name)
}

describe.each(['control', 'elsewhere'] as const)('a follower with effects in %s', (effects) => {
  it('sees every trace once, in order, and goes on there after a restart', async () => {
    const one = noting('noting', effects)
    app = await TestApp.start({ followers: [one.follower] })
    const first = await send(100)
    await eventually(() => expect(one.seen).toEqual(first))
    await app.restart()
    const second = await send(3)
    await eventually(() => expect(one.seen).toEqual([...first, ...second]))
    expect(await health('noting')).toEqual({
      name: 'noting',
      state: 'following',
      lag: 0,
      failures: 0,
      progress: null,
    })
  })

  it('sees after a restart what it had failed at before', async () => {
    const one = noting('noting', effects)
    one.state.failures = 1
    app = await TestApp.start({ followers: [one.follower] })
    const sent = await send(5)
    await eventually(async () => expect(await health('noting')).toMatchObject({ state: 'backing_off' }))
    expect(one.seen).toEqual([])
    await app.restart()
    await eventually(() => expect(one.seen).toEqual(sent))
  })

  it('backs off when it fails, shows it, holds up nobody, and loses nothing', async () => {
    const [bad, good] = [noting('bad', effects), noting('good', effects)]
    bad.state.failures = 2
    app = await TestApp.start({ followers: [bad.follower, good.follower] })
    const sent = await send(5)
    await eventually(() => expect(good.seen).toEqual(sent))
    await eventually(async () =>
      expect(await health('bad')).toMatchObject({ state: 'backing_off', lag: 5, failures: 1 }),
    )
    const more = await send(2)
    await eventually(() => expect(good.seen).toHaveLength(7))
    expect(bad.state.calls).toBe(1)
    app.clock.advance(1_000)
    await eventually(async () => expect(await health('bad')).toMatchObject({ failures: 2 }))
    app.clock.advance(1_999)
    expect(bad.state.calls).toBe(2)
    app.clock.advance(1)
    await eventually(() => expect(bad.seen).toEqual([...sent, ...more]))
    expect(await health('bad')).toMatchObject({ state: 'following', lag: 0, failures: 0, progress: null })
  })
})

it('a follower that comes late reads the log from its beginning', async () => {
  app = await TestApp.start()
  const sent = await send(3)
  const late = noting('late', 'control')
  const dir = app.dir
  await app.restartWith([late.follower])
  await eventually(() => expect(late.seen).toEqual(sent))
  expect(app.dir).toBe(dir)
})
