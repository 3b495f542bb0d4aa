import { expect, it } from 'vitest'
import type { TenantId } from '../../ids.ts'
import type { NewTrace } from '../../storage/telemetry/questions/new-traces.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import { type Listener, LiveFeed } from './live.ts'

const TENANT = 'a-tenant' as TenantId

/** A store whose reader fails as long as it is told to: no file does that on demand. */
class Failing {
  newest = 1
  fails = false

  async ask(question: string, ask: { after?: number }): Promise<unknown> {
    if (question === 'newestTrace') return this.newest
    if (this.fails) throw new Error('the reader died')
    const keys = Array.from({ length: this.newest }, (_, i) => i + 1).filter((key) => key > (ask.after ?? 0))
    return keys.map((key) => ({ key, tenantId: TENANT }) as NewTrace)
  }
}

const listenerTo = (heard: number[]): Listener => ({
  tenantId: TENANT,
  projectId: null,
  hear: ({ key }) => heard.push(key),
  end: () => undefined,
})

it('forgets who could not be let in', async () => {
  const store = new Failing()
  const feed = new LiveFeed(store as unknown as Telemetry)
  const [refused, heard]: [number[], number[]] = [[], []]
  store.fails = true
  await expect(feed.listen(listenerTo(refused), null)).rejects.toThrow('the reader died')
  store.fails = false
  const stop = await feed.listen(listenerTo(heard), null)
  store.newest = 3
  // Whoever comes brings the feed up to date for all.
  const stopOther = await feed.listen(listenerTo([]), null)
  expect([refused, heard]).toEqual([[], [2, 3]])
  stop()
  stopOther()
})
