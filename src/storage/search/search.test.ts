import { expect, it, onTestFinished } from 'vitest'
import type { TraceId } from '../../ids.ts'
import { silentLog } from '../../log.ts'
import { eventually } from '../../testing.ts'
import { FakeClock } from '../control/testing.ts'
import { TestStore, uuid, wireTrace } from '../telemetry/testing.ts'
import { SearchIndex } from './search.ts'

/** More than two steps of the indexer take in. */
const TRACES = 10_000
const TEXT = 'The customer asked where the parcel is, and the agent looked it up. '.repeat(60)

it('ends while it rests, whoever waits for it', async () => {
  const store = new TestStore()
  onTestFinished(() => store.close())
  store.write(...Array.from({ length: TRACES }, (_, i) => wireTrace({ id: uuid<TraceId>(i + 1), input: TEXT })))
  const search = new SearchIndex({
    dir: store.dir,
    cacheBytes: 8 << 20,
    clock: new FakeClock(),
    log: silentLog(),
    busy: () => true,
  })
  const waiting = [search.follow(), search.follow()]
  await eventually(() => expect(search.place).toBeGreaterThan(0))
  await search.close()
  await Promise.all(waiting)
  expect(search.place).toBeLessThan(TRACES)
})
