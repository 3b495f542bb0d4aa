import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ProjectId, TenantId, TraceId } from '../../../ids.ts'
import { PROJECT, START, TENANT, uuid, wireTrace } from '../../telemetry/testing.ts'
import { TestMirror } from '../testing.ts'

const HOUR = 3_600_000
const THEIRS = { tenantId: uuid<TenantId>(77), projectId: uuid<ProjectId>(78) }
const range = { from: START - HOUR, to: START + 2 * HOUR }

let test: TestMirror
beforeAll(async () => {
  test = await TestMirror.open()
  test.store.write(
    ...[100, 300].map((latencyMs, i) => wireTrace({ id: uuid<TraceId>(i + 1), startedAt: START + i, latencyMs })),
    wireTrace({ id: uuid<TraceId>(3), startedAt: START + HOUR, latencyMs: 50, error: 'boom' }),
    wireTrace({ ...THEIRS, id: uuid<TraceId>(4), startedAt: START, latencyMs: 9_000, error: 'theirs' }),
  )
})
afterAll(() => test.close())

it("tell of a tenant's own hours, and of no project of another", async () => {
  const mine = [
    { projectId: PROJECT, at: START, count: 2, errors: 0, latencyP95: 290 },
    { projectId: PROJECT, at: START + HOUR, count: 1, errors: 1, latencyP95: 50 },
  ]
  expect(await test.ask('hourly', { tenantId: TENANT, range })).toEqual(mine)
  expect(await test.ask('hourly', { tenantId: TENANT, projectId: PROJECT, range })).toEqual(mine)
  expect(await test.ask('hourly', { tenantId: TENANT, projectId: THEIRS.projectId, range })).toEqual([])
  expect(await test.ask('hourly', { tenantId: THEIRS.tenantId, range })).toMatchObject([{ count: 1, errors: 1 }])
})

it('show no trace and no latency of another tenant', async () => {
  const near = (of: { tenantId: TenantId; projectId: ProjectId }) =>
    test.ask('traceNear', { ...of, range, by: { latencyMs: 9_000 } })
  expect(await near({ tenantId: TENANT, projectId: PROJECT })).toBe(uuid(2))
  expect(await near({ tenantId: TENANT, projectId: THEIRS.projectId })).toBeNull()
  expect(await near(THEIRS)).toBe(uuid(4))
  const tails = await test.ask('latencyTails', { tenantId: TENANT, range, levels: [1] })
  expect(tails).toMatchObject([{ projectId: PROJECT, count: 3, values: [300] }])
})
