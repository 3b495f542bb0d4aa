import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TestApp, type TestAppOptions } from '../api/testing/app.ts'
import type { TaskId, TenantId } from '../ids.ts'
import { eventually } from '../testing.ts'
import { PermanentFailure, perform, RetryLater, type TaskRun, taskKind } from './registry.ts'

let app: TestApp
let owner: string
afterEach(() => app.stop())

const kind = taskKind({
  name: 'test.work',
  payload: z.object({ n: z.number().int() }),
  maxAttempts: 3,
  concurrency: 2,
  firstDelayMs: 1_000,
  longestDelayMs: 1_500,
})

/** Work that a test holds in its hands: each attempt waits to be told how it ends. */
function held() {
  const attempts: { n: number; run: TaskRun; end: (error?: Error) => void }[] = []
  const binding = perform(kind, ({ n }, run) => {
    return new Promise<{ n: number }>((resolve, reject) => {
      attempts.push({ n, run, end: (error) => (error ? reject(error) : resolve({ n })) })
      run.signal.addEventListener('abort', () => reject(new Error('aborted')))
    })
  })
  const at = (i: number) => {
    const attempt = attempts[i]
    if (!attempt) throw new Error(`there was no attempt ${i}`)
    return attempt
  }
  return { binding, attempts, at }
}

async function start(options: TestAppOptions) {
  app = await TestApp.start(options)
  owner = await app.person(app.tenantId, 'owner@example.com', 'owner')
}

const enqueue = (n: number, { tenantId = app.tenantId as TenantId | null, key = '', runAt = 0 } = {}) =>
  app.control.transaction((trx) =>
    app.jobs.enqueue(trx, kind, { n }, { tenantId, ...(key ? { key } : {}), ...(runAt ? { runAt } : {}) }),
  )
const task = async (id: TaskId) => (await app.call(`GET /v1/tasks/${id}`, { as: owner })).body
const becomes = (id: TaskId, expected: object) => eventually(async () => expect(await task(id)).toMatchObject(expected))
const attempted = (work: ReturnType<typeof held>, count: number) =>
  eventually(() => expect(work.attempts).toHaveLength(count))

describe('a task', () => {
  it('runs when the transaction that causes it is committed, and not when it is not', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    await expect(
      app.control.transaction(async (trx) => {
        await app.jobs.enqueue(trx, kind, { n: 1 }, { tenantId: app.tenantId })
        throw new Error('the act failed')
      }),
    ).rejects.toThrow('the act failed')
    const { id } = await enqueue(2)
    await attempted(work, 1)
    expect(work.at(0).n).toBe(2)
    expect(await task(id)).toMatchObject({ state: 'running', attempts: 1, finished_at: null })
    work.at(0).end()
    await becomes(id, { state: 'done', result: { n: 2 }, error: null, finished_at: '2026-03-01T12:00:00.000Z' })
  })

  it('with a payload that its kind does not take is not enqueued', async () => {
    await start({ tasks: [held().binding] })
    await expect(enqueue(0.5)).rejects.toThrow()
  })

  it('waits for its time', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    const { id } = await enqueue(1, { runAt: app.clock.now() + 5_000 })
    app.clock.advance(4_999)
    expect(await task(id)).toMatchObject({ state: 'queued', attempts: 0 })
    app.clock.advance(1)
    await attempted(work, 1)
  })

  it('is made once for a key, until it is finished, for each tenant', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    const other = await app.tenant('Other')
    const first = await enqueue(1, { key: 'k' })
    expect(first.fresh).toBe(true)
    expect(await enqueue(2, { key: 'k' })).toEqual({ id: first.id, fresh: false })
    expect(await enqueue(3, { key: 'k', tenantId: other })).toMatchObject({ fresh: true })
    expect(await enqueue(3, { key: 'k', tenantId: null })).toMatchObject({ fresh: true })
    await attempted(work, 2)
    work.at(0).end()
    await becomes(first.id, { state: 'done' })
    expect(await enqueue(4, { key: 'k' })).toMatchObject({ fresh: true })
  })

  it('that fails is tried again, later each time, and is dead in the end, with its error', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    const { id } = await enqueue(1)
    await attempted(work, 1)
    work.at(0).end(new Error('no luck'))
    await becomes(id, { state: 'queued', attempts: 1, error: 'no luck' })
    app.clock.advance(749)
    expect(work.attempts).toHaveLength(1)
    app.clock.advance(501)
    await attempted(work, 2)
    work.at(1).end(new Error('no luck again'))
    await becomes(id, { state: 'queued', attempts: 2 })
    // The second delay would be 2 s; the kind says 1.5 s at most, and a quarter of it is chance.
    app.clock.advance(1_875)
    await attempted(work, 3)
    work.at(2).end(new Error('gave up'))
    await becomes(id, { state: 'dead', attempts: 3, error: 'gave up' })
    app.clock.advance(3_600_000)
    await enqueue(2)
    await attempted(work, 4)
    expect(work.at(3).n).toBe(2)
    expect(app.jobs.outcomes()).toContainEqual({ kind: 'test.work', done: 0, retried: 2, dead: 1, cancelled: 0 })
    expect(await app.control.tasks.counts()).toContainEqual({ kind: 'test.work', state: 'dead', count: 1 })
  })

  it('says when to try again, or that it is of no use', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    const later = await enqueue(1)
    const never = await enqueue(2)
    await attempted(work, 2)
    work.at(0).end(new RetryLater('busy', 60_000))
    work.at(1).end(new PermanentFailure('nobody is there'))
    await becomes(never.id, { state: 'dead', attempts: 1, error: 'nobody is there' })
    await becomes(later.id, { state: 'queued', run_at: '2026-03-01T12:01:00.000Z' })
    app.clock.advance(60_000)
    await attempted(work, 3)
  })

  it('says how far it is', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    const { id } = await enqueue(1)
    await attempted(work, 1)
    const { run, end } = work.at(0)
    run.progress({ done: 0, total: 10, message: 'reading' })
    await becomes(id, { progress: { done: 0, total: 10, message: 'reading' } })
    run.progress({ done: 4 })
    run.progress({ done: 5 })
    expect((await task(id)).progress.done).toBe(0)
    app.clock.advance(1_000)
    run.progress({ done: 6 })
    await becomes(id, { progress: { done: 6, total: 10, message: 'reading' } })
    run.progress({ done: 10, message: 'written' })
    end()
    await becomes(id, { state: 'done', progress: { done: 10, total: 10, message: 'written' } })
  })

  it('leaves the others their places: bounded by kind, and all together', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    for (let n = 0; n < 5; n++) {
      app.clock.advance(1)
      await enqueue(n)
    }
    await attempted(work, 2)
    work.at(1).end()
    await attempted(work, 3)
    expect(work.attempts.map(({ n }) => n)).toEqual([0, 1, 2])
    work.at(0).end()
    work.at(2).end()
    await attempted(work, 5)
  })

  it('is bounded over all kinds by jobs.concurrency', async () => {
    const work = held()
    await start({
      tasks: [work.binding],
      config: (config) => {
        config.jobs.concurrency = 1
      },
    })
    await enqueue(1)
    await enqueue(2)
    await attempted(work, 1)
    await app.call('GET /health', { as: '' })
    expect(work.attempts).toHaveLength(1)
    work.at(0).end()
    await attempted(work, 2)
  })
})

describe('over an end of the process', () => {
  it('a task that is running is told to end, and runs again, the attempt not counted', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    const { id } = await enqueue(1)
    await attempted(work, 1)
    await app.restart()
    expect(work.at(0).run.signal.aborted).toBe(true)
    await attempted(work, 2)
    expect(await task(id)).toMatchObject({ state: 'running', attempts: 1 })
  })

  it.each([
    ['with attempts left runs again', 1, null, 'running'],
    ['in its last attempt is dead', 3, null, 'dead'],
    ['that was called off is cancelled', 1, 5, 'cancelled'],
  ])('a task that was running at a crash %s', async (_, attempts, cancelled, state) => {
    const work = held()
    await start({ tasks: [work.binding] })
    const { id } = await enqueue(1, { runAt: app.clock.now() + 1 })
    const crashed = { state: 'running' as const, attempts, lease_token: 'gone', lease_until: app.clock.now() + 60_000 }
    await app.control.db
      .updateTable('tasks')
      .set({ ...crashed, cancel_requested_at: cancelled })
      .execute()
    await app.restart()
    await becomes(id, { state })
  })

  it('a lease that is not renewed runs out', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    const { id } = await enqueue(1, { runAt: app.clock.now() + 1 })
    const lease = { lease_token: 'somebody else', lease_until: app.clock.now() + 60_000 }
    await app.control.db
      .updateTable('tasks')
      .set({ ...lease, state: 'running' as const })
      .execute()
    app.clock.advance(59_000)
    expect(await task(id)).toMatchObject({ state: 'running', attempts: 0 })
    expect(work.attempts).toHaveLength(0)
    app.clock.advance(31_000)
    await attempted(work, 1)
  })

  it('a lease that is renewed does not, and one that was lost ends the work without a word', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    const { id } = await enqueue(1)
    await attempted(work, 1)
    for (let minute = 0; minute < 10; minute++) {
      app.clock.advance(30_000)
      await app.call('GET /health', { as: '' })
    }
    expect(await task(id)).toMatchObject({ state: 'running', attempts: 1 })
    await app.control.db.updateTable('tasks').set({ lease_token: 'somebody else' }).execute()
    app.clock.advance(20_000)
    await eventually(() => expect(work.at(0).run.signal.aborted).toBe(true))
    expect(await task(id)).toMatchObject({ state: 'running', error: null })
  })
})

describe('calling off and trying again', () => {
  it('ends a task that waits, and asks one that runs to end', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    const waiting = await enqueue(1, { runAt: app.clock.now() + 1_000 })
    const running = await enqueue(2)
    await attempted(work, 1)
    const cancel = (id: TaskId) => app.call(`POST /v1/tasks/${id}/cancel`, { as: owner })
    expect(await cancel(waiting.id)).toMatchObject({
      status: 200,
      body: { state: 'cancelled', cancel_requested: true },
    })
    expect(await cancel(running.id)).toMatchObject({ status: 200, body: { cancel_requested: true } })
    await becomes(running.id, { state: 'cancelled', error: null })
    expect(work.at(0).run.signal.aborted).toBe(true)
    expect(await cancel(running.id)).toMatchObject({ status: 409, body: { code: 'conflict' } })

    const retry = (id: TaskId) => app.call(`POST /v1/tasks/${id}/retry`, { as: owner })
    expect(await retry(running.id)).toMatchObject({ status: 200, body: { state: 'queued', attempts: 0 } })
    await attempted(work, 2)
    expect((await retry(running.id)).status).toBe(409)
    work.at(1).end()
    await becomes(running.id, { state: 'done', cancel_requested: false })
    const { entries } = { entries: await app.control.auditLog.list(app.tenantId, { limit: 10 }) }
    expect(entries.map(({ action }) => action).filter((action) => action.startsWith('task.'))).toEqual([
      'task.retried',
      'task.cancelled',
      'task.cancelled',
    ])
  })

  it('does not make two of what is once for a key', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    const first = await enqueue(1, { key: 'k' })
    await attempted(work, 1)
    await app.call(`POST /v1/tasks/${first.id}/cancel`, { as: owner })
    await becomes(first.id, { state: 'cancelled' })
    await enqueue(2, { key: 'k' })
    expect(await app.call(`POST /v1/tasks/${first.id}/retry`, { as: owner })).toMatchObject({ status: 409 })
  })
})

describe('GET /v1/tasks', () => {
  it('lists the own tasks, newest first, by state and kind, page by page', async () => {
    const work = held()
    await start({ tasks: [work.binding] })
    const ids: TaskId[] = []
    for (let n = 0; n < 5; n++) {
      app.clock.advance(1)
      ids.push((await enqueue(n, { runAt: app.clock.now() + (n < 1 ? 0 : 60_000) })).id)
    }
    const strange = await enqueue(9, { tenantId: await app.tenant('Other'), runAt: app.clock.now() + 60_000 })
    const own = await enqueue(9, { tenantId: null, runAt: app.clock.now() + 60_000 })
    await attempted(work, 1)
    const list = async (query: string) => (await app.call(`GET /v1/tasks?${query}`, { as: owner })).body
    const found = async (query: string) => (await list(query)).tasks.map(({ id }: { id: TaskId }) => ids.indexOf(id))
    expect(await found('')).toEqual([4, 3, 2, 1, 0])
    expect(await found('state=running')).toEqual([0])
    expect(await found('state=queued&kind=test.work&limit=2')).toEqual([4, 3])
    expect(await found('kind=other')).toEqual([])
    const { next_cursor } = await list('limit=3')
    expect(await found(`limit=3&cursor=${next_cursor}`)).toEqual([1, 0])
    for (const { id } of [strange, own]) {
      for (const call of [`GET /v1/tasks/${id}`, `POST /v1/tasks/${id}/cancel`, `POST /v1/tasks/${id}/retry`]) {
        expect((await app.call(call, { as: owner })).status, call).toBe(404)
      }
    }
    expect((await app.call('GET /v1/tasks?state=odd', { as: owner })).status).toBe(400)
  })

  it('is for owners', async () => {
    await start({})
    const member = await app.person(app.tenantId, 'member@example.com', 'member')
    const reader = await app.addKey(app.tenantId, { scopes: ['query'] })
    for (const as of [member, reader]) expect((await app.call('GET /v1/tasks', { as })).status).toBe(403)
  })
})
