import { readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EvaluationId, FeedbackId, SpanId, TraceId } from '../../ids.ts'
import { evaluationFact, feedbackFact, START, TENANT, uuid, wireSpan, wireTrace } from '../telemetry/testing.ts'
import { consoleSnapshot } from './console/snapshot.ts'
import { openDuckDb, rowsOf } from './duckdb.ts'
import { TestMirror } from './testing.ts'

let test: TestMirror
beforeEach(async () => {
  test = await TestMirror.open()
})
afterEach(() => test.close())

const range = { from: START - 1e9, to: START + 1e9 }
const filter = { tenantId: TENANT, terms: [] }
const count = async () => (await test.ask('metrics', { filter, range })).traces

const id = (n: number) => uuid<TraceId>(n)
const write = (...numbers: number[]) =>
  test.store.write(...numbers.map((n) => wireTrace({ id: id(n), startedAt: START })))

const table = async (sql: string) => {
  await test.catchUp()
  return test.mirror.use((db) => rowsOf<Record<string, unknown>>(db, sql))
}

describe('the mirror', () => {
  it('takes a log of any length in steps, and is done at its end', async () => {
    for (let from = 0; from < 4_500; from += 500) write(...Array.from({ length: 500 }, (_, i) => from + i))
    expect(await test.mirror.step()).toBe(true)
    expect(test.mirror.place).toBe(2_000)
    expect(await test.mirror.step()).toBe(true)
    expect(await test.mirror.step()).toBe(false)
    expect(await count()).toBe(4_500)
  })

  it('cuts a step where the spans of its traces are too many, and never before the first', async () => {
    const spans = Array.from({ length: 15_000 }, (_, i) => wireSpan({ id: uuid<SpanId>(i) }))
    for (const n of [1, 2, 3]) test.store.write(wireTrace({ id: id(n), spans }))
    const places = []
    do places.push(test.mirror.place)
    while (await test.mirror.step())
    expect([...places, test.mirror.place]).toEqual([0, 1, 2, 3])
    expect(await table('SELECT count(*) AS n FROM spans')).toEqual([{ n: 45_000 }])
  })

  it('replaces a trace that grew, with its spans and calls', async () => {
    const grow = (n: number) =>
      test.store.write(
        wireTrace({ spans: [wireSpan({ id: uuid<SpanId>(n), startedAt: START, model: `m${n}`, cost: n })] }),
      )
    grow(1)
    expect(await test.ask('metrics', { filter, range })).toMatchObject({ traces: 1, cost: 1 })
    grow(2)
    grow(3)
    expect(await test.ask('metrics', { filter, range })).toMatchObject({ traces: 1, cost: 6 })
    expect(await table('SELECT m.name AS model, cost FROM calls JOIN models m ON m.key = model ORDER BY 1')).toEqual([
      { model: 'm1', cost: 1 },
      { model: 'm2', cost: 2 },
      { model: 'm3', cost: 3 },
    ])
    expect(await table('SELECT count(*) AS n FROM spans')).toEqual([{ n: 3 }])
  })

  it('lets the calls of a trace add up to what the client says that it cost', async () => {
    const spans = [wireSpan({ model: 'a', cost: 0.25 })]
    test.store.write(wireTrace({ id: id(1), cost: 1, model: 'b', spans, whenKnown: 'duplicate' }))
    test.store.write(wireTrace({ id: id(2), cost: 0.25, spans, whenKnown: 'duplicate' }))
    expect(
      await table(
        'SELECT trace, c.name, m.name AS model, cost FROM calls c JOIN models m ON m.key = model ORDER BY ALL',
      ),
    ).toEqual([
      { trace: 1, name: 'step', model: 'a', cost: 0.25 },
      { trace: 1, name: null, model: 'b', cost: 0.75 },
      { trace: 2, name: 'step', model: 'a', cost: 0.25 },
    ])
  })

  it('takes no span for a call that only repeats those below it', async () => {
    const spans = [
      wireSpan({ id: uuid<SpanId>(1), name: 'agent', model: 'asked', cost: 0.5, promptTokens: 200 }),
      wireSpan({
        id: uuid<SpanId>(2),
        parentId: uuid<SpanId>(1),
        name: 'call',
        model: 'a',
        cost: 0.25,
        promptTokens: 100,
      }),
      wireSpan({ id: uuid<SpanId>(3), parentId: uuid<SpanId>(1), name: 'call', model: 'a', promptTokens: 100 }),
    ]
    for (const span of spans) test.store.write(wireTrace({ id: id(1), spans: [span] }))
    expect(
      await table(
        'SELECT c.name, m.name AS model, cost, prompt_tokens FROM calls c JOIN models m ON m.key = model ORDER BY ALL',
      ),
    ).toEqual([
      { name: 'call', model: 'a', cost: 0.25, prompt_tokens: 100 },
      { name: 'call', model: 'a', cost: null, prompt_tokens: 100 },
    ])
    expect(await table('SELECT count(*) AS n FROM spans')).toEqual([{ n: 3 }])
  })

  it('forgets what was erased, with all that was said of it', async () => {
    write(1, 2)
    test.store.state(
      feedbackFact({ traceId: id(1) }),
      feedbackFact({ id: uuid<FeedbackId>(2), traceId: id(2) }),
      evaluationFact({ traceId: id(1) }),
    )
    await test.catchUp()
    test.store.erase([id(1)])
    expect(await count()).toBe(1)
    expect(await table('SELECT trace FROM feedback')).toEqual([{ trace: 2 }])
    expect(await table('SELECT trace FROM evaluations')).toEqual([])
  })

  it('takes a trace that is sent again after it was erased for another one', async () => {
    write(1)
    await test.catchUp()
    test.store.erase([id(1)])
    write(1)
    expect(await count()).toBe(1)
  })

  it('knows feedback that came first by its trace as soon as that comes', async () => {
    test.store.state(feedbackFact({ traceId: id(7) }))
    expect(await table('SELECT trace FROM feedback')).toEqual([{ trace: null }])
    write(7)
    expect(await table('SELECT trace FROM feedback')).toEqual([{ trace: 1 }])
  })

  it('has the last word of an evaluation', async () => {
    write(1)
    const evaluation = evaluationFact({ id: uuid<EvaluationId>(5), traceId: id(1), status: 'pending', score: null })
    test.store.state(evaluation)
    await test.catchUp()
    test.store.state({ ...evaluation, status: 'complete', score: 0.5 })
    test.store.state(evaluationFact({ id: uuid<EvaluationId>(6), traceId: id(404) }))
    expect(await table('SELECT status, score FROM evaluations')).toEqual([{ status: 'complete', score: 0.5 }])
  })
})

describe('what is done beside', () => {
  it('sees what was in when it was begun, while the mirror goes on, to be folded afterwards', async () => {
    write(1, 2, 3)
    await test.catchUp()
    const beside = await test.mirror.beside()
    write(4, 5)
    test.store.erase([id(1)])
    await test.catchUp()
    await test.mirror.fold()
    expect(test.mirror.pending).toBe(true)
    const { dir, db: telemetry } = test.store
    const { settled } = test.mirror
    const file = await beside.use((db, standing) =>
      consoleSnapshot({ db, telemetry, standing, settled }, { dir, tenantId: TENANT, from: 0 }),
    )
    const copy = await openDuckDb(file, { memoryBytes: 1e8, threads: 1, spillDir: dir }, { access_mode: 'READ_ONLY' })
    expect(await rowsOf(await copy.connect(), 'SELECT id::VARCHAR AS id FROM traces ORDER BY id')).toEqual(
      [1, 2, 3].map((n) => ({ id: id(n) })),
    )
    copy.closeSync()
    expect(await count()).toBe(4)
    await test.mirror.fold()
    await test.reopen()
    expect([test.mirror.place, await count()]).toEqual([test.mirror.head, 4])
  })

  it('is ended when the mirror is opened again', async () => {
    write(1)
    await test.catchUp()
    const beside = await test.mirror.beside()
    const long = beside.use((db) => db.run('SELECT sum(a.range * b.range) FROM range(10000000) a, range(1000000) b'))
    const ended = expect(long).rejects.toThrow(/[Ii]nterrupt/)
    await test.reopen()
    await ended
    expect(await count()).toBe(1)
  })

  it('writes nowhere but where the copies are', async () => {
    const beside = await test.mirror.beside()
    const elsewhere = beside.use((db) => db.run(`ATTACH '${test.store.dir}/elsewhere.duckdb' AS elsewhere`))
    await expect(elsewhere).rejects.toThrow(/Cannot access file/)
  })
})

describe('the file', () => {
  it('goes on where it was folded', async () => {
    write(1, 2)
    await test.catchUp()
    await test.mirror.fold()
    write(3)
    expect(await count()).toBe(3)
    expect([test.mirror.place, test.mirror.kept]).toEqual([3, 2])
    await test.reopen()
    expect([test.mirror.place, test.mirror.kept]).toEqual([2, 2])
    write(4)
    expect(await count()).toBe(4)
  })

  it('takes back a step that fails in the middle, and reads it again', async () => {
    write(1)
    await test.catchUp()
    test.store.write(wireTrace({ id: id(2), spans: [wireSpan({})] }))
    const spans = (name: string, as: string) => test.mirror.use((db) => db.run(`ALTER TABLE ${name} RENAME TO ${as}`))
    await spans('spans', 'elsewhere')
    await expect(test.mirror.step()).rejects.toThrow(/spans/)
    expect(test.mirror.place).toBe(1)
    expect(await test.mirror.use((db) => rowsOf(db, 'SELECT count(*) AS n FROM traces'))).toEqual([{ n: 1 }])
    await spans('elsewhere', 'spans')
    expect(await count()).toBe(2)
  })

  it('reads no log of an earlier version beside it', async () => {
    write(1)
    await test.catchUp()
    await test.mirror.fold()
    await test.mirror.close()
    const plain = await openDuckDb(test.mirror.file, { memoryBytes: 1e8, threads: 1, spillDir: test.store.dir })
    const db = await plain.connect()
    await db.run('UPDATE place SET seq = 1000')
    writeFileSync(`${test.mirror.file}.kept`, readFileSync(`${test.mirror.file}.wal`))
    plain.closeSync()
    renameSync(`${test.mirror.file}.kept`, `${test.mirror.file}.wal`)
    await test.reopen()
    write(2)
    expect(await count()).toBe(2)
  })

  it.each([
    'is gone',
    'is cut short',
    'is something else',
    'is of another version',
    'is ahead of the log',
    'is of another log',
  ])('is made anew when it %s', async (how) => {
    write(1, 2, 3)
    await test.catchUp()
    await test.mirror.fold()
    const { file } = test.mirror
    await test.mirror.close()
    switch (how) {
      case 'is gone':
        rmSync(file)
        break
      case 'is cut short':
        truncateSync(file, Math.floor(statSync(file).size / 2))
        break
      case 'is something else':
        writeFileSync(file, 'not a database')
        break
      case 'is of another version': {
        await test.reopen()
        await test.mirror.use((db) => db.run('UPDATE place SET version = 0; CHECKPOINT'))
        break
      }
      default: {
        const other = await TestMirror.open()
        const ids = how === 'is ahead of the log' ? [1, 2, 3, 4] : [99]
        other.store.write(...ids.map((n) => wireTrace({ id: id(n) })))
        await other.catchUp()
        await other.mirror.fold()
        await other.mirror.close()
        writeFileSync(file, readFileSync(other.mirror.file))
        other.store.close()
      }
    }
    await test.reopen()
    expect(test.mirror.place).toBe(0)
    expect(await count()).toBe(3)
  })
})
