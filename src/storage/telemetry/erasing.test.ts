import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SpanId, TraceId } from '../../ids.ts'
import { silentLog } from '../../log.ts'
import { eraseBefore, eraseDeadLetters, eraseProject, eraseTraces, forgetTombstones } from './erasing.ts'
import type { OldPlace } from './questions/old-traces.ts'
import { Telemetry } from './telemetry.ts'
import { PROJECT, START, TENANT, uuid, wireSpan, wireTrace } from './testing.ts'
import type { WireTrace } from './wire.ts'

let dir: string
let telemetry: Telemetry
const open = async () => {
  telemetry = await Telemetry.open({ dir, readerThreads: 1, cacheBytes: 1 << 22, log: silentLog() })
}
beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'trulayer-erasing-'))
  await open()
})
afterEach(async () => {
  await telemetry.close()
  rmSync(dir, { recursive: true })
})

const append = (...traces: WireTrace[]) => telemetry.append({ traces, deadLetters: [] })
const bigTrace = (id: number) =>
  wireTrace({
    id: uuid(id),
    spans: Array.from({ length: 20_000 }, (_, i) => wireSpan({ id: uuid<SpanId>(i), input: 'text '.repeat(20) })),
  })
const changes = () => telemetry.ask('changesAfter', { after: 0, limit: 10_000 })
const left = async () => (await changes()).filter(({ kind }) => kind === 'stored').map(({ traceId }) => traceId)

describe('eraseBefore', () => {
  it('goes through the old traces page by page, keeps what shall stay, and can be repeated', async () => {
    const ids = Array.from({ length: 450 }, (_, i) => uuid<TraceId>(i + 1))
    await append(...ids.map((id, i) => wireTrace({ id, startedAt: START + i })))
    const keep = async (asked: readonly TraceId[]) => new Set(asked.filter((id) => Number(id.slice(-4)) % 100 === 0))
    const all = async () => {
      const pages: { erased: number; kept: number }[] = []
      let after: OldPlace | null = null
      do {
        const ask = { tenantId: TENANT, projectId: PROJECT, before: START + 430, now: START + 10_000, after, keep }
        const { next, ...page }: Awaited<ReturnType<typeof eraseBefore>> = await eraseBefore(telemetry, ask)
        pages.push(page)
        after = next
      } while (after)
      return pages
    }
    expect(await all()).toEqual([
      { erased: 198, kept: 2 },
      { erased: 198, kept: 2 },
      { erased: 30, kept: 0 },
    ])
    expect(await left()).toEqual(ids.filter((_, i) => i >= 430 || (i + 1) % 100 === 0))
    expect(await all()).toEqual([{ erased: 0, kept: 4 }])
  })
})

it('eraseProject takes all of one project, with its dead letters', async () => {
  const other = uuid<typeof PROJECT>(9)
  await append(
    ...Array.from({ length: 250 }, (_, i) => wireTrace({ id: uuid(i + 1) })),
    wireTrace({ id: uuid(999), projectId: other }),
  )
  const letter = {
    source: 'batch' as const,
    code: 'c',
    message: 'm',
    subjectId: null,
    payload: '{}',
    receivedAt: START,
  }
  const deadLetters = [PROJECT, other, null].map((projectId) => ({ ...letter, tenantId: TENANT, projectId }))
  await telemetry.append({ traces: [], deadLetters })
  const ask = { tenantId: TENANT, projectId: PROJECT }
  expect(await eraseProject(telemetry, ask)).toEqual({ erased: 200, done: false })
  expect(await eraseProject(telemetry, ask)).toEqual({ erased: 50, done: true })
  expect(await left()).toEqual([uuid(999)])
  expect((await telemetry.ask('deadLetterPage', { tenantId: TENANT, limit: 9 })).letters).toHaveLength(2)
  expect(await eraseDeadLetters(telemetry, { tenantId: TENANT, before: START + 1 })).toBe(2)
})

it('commits what is sent in between the steps of an erasure', async () => {
  await append(bigTrace(1))
  const ended: string[] = []
  const erased = eraseTraces(telemetry, { tenantId: TENANT, ids: [uuid(1)] }).then((n) => ended.push(`erased ${n}`))
  for (let i = 2; i < 5; i++) {
    const [receipt] = await append(wireTrace({ id: uuid(i) }))
    ended.push(receipt?.outcome ?? 'nothing')
  }
  await erased
  expect(ended).toEqual(['created', 'created', 'created', 'erased 1'])
})

it('a stop ends an erasure between two steps; asked again after the start, it goes on', async () => {
  await append(bigTrace(1), bigTrace(2))
  const erased = eraseTraces(telemetry, { tenantId: TENANT, ids: [uuid(1), uuid(2)] })
  const refused = expect(erased).rejects.toMatchObject({ code: 'shutting_down' })
  await telemetry.close()
  await refused
  await open()
  expect(await eraseTraces(telemetry, { tenantId: TENANT, ids: [uuid(1), uuid(2)] })).toBeGreaterThanOrEqual(1)
  expect(await left()).toEqual([])
  expect((await changes()).map(({ kind }) => kind)).toEqual(['erased', 'erased'])
  expect(await forgetTombstones(telemetry, telemetry.head)).toBe(2)
  expect(await changes()).toEqual([])
})

it('wakes those who follow the log', async () => {
  await append(wireTrace())
  const heads: number[] = []
  telemetry.onCommit(() => heads.push(telemetry.head))
  await eraseTraces(telemetry, { tenantId: TENANT, ids: [uuid(1)] })
  expect(heads).toEqual([2])
})
