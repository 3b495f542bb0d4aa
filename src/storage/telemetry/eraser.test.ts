import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventId, SpanId, TenantId, TraceId } from '../../ids.ts'
import { silentLog } from '../../log.ts'
import { openTrueFile } from '../migrate.ts'
import { BEGIN } from './eraser.ts'
import { TELEMETRY_MIGRATIONS } from './migrations.ts'
import { pack } from './pack.ts'
import { changesAfter } from './questions/log.ts'
import { newestTrace } from './questions/new-traces.ts'
import { type AskBefore, tracesBefore } from './questions/old-traces.ts'
import {
  evaluationFact,
  feedbackFact,
  PROJECT,
  START,
  TENANT,
  TestStore,
  uuid,
  wireSpan,
  wireTrace,
} from './testing.ts'
import type { WireTrace } from './wire.ts'

let store: TestStore
beforeEach(() => {
  store = new TestStore()
})
afterEach(() => store.close())

const ID = uuid<TraceId>(1)
const OTHER = uuid<TenantId>(77)
const never = () => false

/** All that is stored of traces, in words that do not depend on when and in which order it came. */
function contents({ db }: TestStore) {
  const all = (sql: string) => db.prepare(sql).raw().all()
  return {
    traces: all(`SELECT n.id, t.id, t.name, t.model, t.error, t.started_at, t.span_count, t.tags, y.input, y.metadata
                 FROM traces t JOIN tenants n ON n.key = t.tenant JOIN trace_payloads y ON y.key = t.key ORDER BY 1, 2`),
    spans: all(`SELECT n.id, t.id, s.id, s.model, y.input FROM spans s JOIN span_payloads y ON y.key = s.key
                JOIN traces t ON t.key = s.trace JOIN tenants n ON n.key = t.tenant ORDER BY 1, 2, 3`),
    events: all(`SELECT n.id, t.id, e.id FROM events e JOIN traces t ON t.key = e.trace
                 JOIN tenants n ON n.key = t.tenant ORDER BY 1, 2, 3`),
    postings: all(`SELECT n.id, m.name, m.value, p.started_at, t.id FROM postings p JOIN terms m ON m.key = p.term
                   JOIN traces t ON t.key = p.trace JOIN tenants n ON n.key = m.tenant ORDER BY 1, 2, 3, 4, 5`),
    sessions:
      all(`SELECT n.id, p.id, x.id, x.first_at, x.last_at, x.traces, x.errors, x.spans, x.tokens, x.priced, x.cost
                   FROM sessions x JOIN tenants n ON n.key = x.tenant JOIN projects p ON p.key = x.project ORDER BY 1, 2, 3`),
    terms: all('SELECT n.id, m.name, m.value FROM terms m JOIN tenants n ON n.key = m.tenant ORDER BY 1, 2, 3'),
    rows: ['traces', 'trace_payloads', 'spans', 'span_payloads', 'events', 'postings', 'remains'].map((table) => [
      table,
      db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    ]),
  }
}

const someTrace = fc
  .record({
    id: fc.integer({ min: 1, max: 4 }),
    tenant: fc.constantFrom(TENANT, OTHER),
    name: fc.constantFrom(null, 'a', 'b'),
    session: fc.constantFrom(null, 's1', 's2'),
    tag: fc.constantFrom('x', 'y'),
    spans: fc.array(
      fc.record({ id: fc.integer({ min: 1, max: 6 }), start: fc.nat(50), model: fc.constantFrom(null, 'm', 'n') }),
      { maxLength: 4 },
    ),
  })
  .map(
    ({ id, tenant, name, session, tag, spans }): WireTrace =>
      wireTrace({
        id: uuid(id),
        tenantId: tenant,
        projectId: tenant === TENANT ? PROJECT : uuid(78),
        name,
        sessionId: session,
        tags: [tag],
        metadata: JSON.stringify({ tier: tag }),
        spans: spans.map((span) =>
          wireSpan({
            id: uuid<SpanId>(span.id),
            startedAt: START + span.start,
            model: span.model,
            error: span.model === 'm' ? 'failed' : null,
            cost: span.model === 'n' ? 2 : null,
            promptTokens: span.start,
            input: `${span.id}`,
          }),
        ),
        events: [
          { id: uuid<EventId>(id), spanId: null, level: 'info', message: 'm', at: null, metadata: '{}', otlp: null },
        ],
      }),
  )

type Act = { send: WireTrace } | { erase: number[]; tenant: TenantId; steps: number }
const acts = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: someTrace.map((send): Act => ({ send })) },
    {
      weight: 1,
      arbitrary: fc.record({
        erase: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }),
        tenant: fc.constantFrom(TENANT, OTHER),
        steps: fc.integer({ min: 1, max: 4 }),
      }),
    },
  ),
  { maxLength: 25 },
)

/** What a follower holds that has applied all of the log from a place on. */
function followed(held: Map<number, string>, after: number, batch: number): number {
  let place = after
  for (;;) {
    const changes = changesAfter(store.db, { after: place, limit: batch })
    for (const change of changes) {
      if (change.kind === 'stored') held.set(change.traceKey, change.traceId)
      else held.delete(change.traceKey)
      expect(change.seq).toBeGreaterThan(place)
      place = change.seq
    }
    if (changes.length < batch) return place
  }
}

/** Steps of so many rows. */
const rows = (count: number) => {
  let done = 0
  return () => ++done % count !== 0
}

describe('erasing', () => {
  it('leaves what would be there if the erased had never come, and tells every follower, wherever it stands', () => {
    fc.assert(
      fc.property(acts, fc.nat(25), (history, joins) => {
        const left: WireTrace[] = []
        const early = new Map<number, string>()
        const late = new Map<number, string>()
        let place = 0
        for (const [i, act] of history.entries()) {
          if ('send' in act) {
            store.write(act.send)
            left.push(act.send)
          } else {
            const ids = act.erase.map((n) => uuid<TraceId>(n))
            const gone = (trace: WireTrace) => trace.tenantId === act.tenant && ids.includes(trace.id)
            const expected = new Set(left.filter(gone).map(({ id }) => id)).size
            expect(store.erase(ids, rows(act.steps), { tenantId: act.tenant })).toBe(expected)
            left.splice(0, left.length, ...left.filter((trace) => !gone(trace)))
          }
          if (i <= joins) place = followed(early, place, 2)
        }
        const clean = new TestStore()
        clean.write(...left)
        expect(contents(store)).toEqual(contents(clean))
        clean.close()
        const alive = store.db.prepare('SELECT key, id FROM traces ORDER BY key').raw().all()
        const known = (held: Map<number, string>) => [...held].sort(([a], [b]) => a - b)
        followed(early, place, 3)
        followed(late, 0, 3)
        expect(known(early)).toEqual(alive)
        expect(known(late)).toEqual(alive)
        store.close()
        store = new TestStore()
      }),
      { numRuns: 60 },
    )
  })

  it('takes away only what the tenant has', () => {
    store.write(wireTrace({ tenantId: OTHER, projectId: uuid(78) }))
    expect(store.erase([ID])).toBe(0)
    expect(store.trace(ID, OTHER)).not.toBeNull()
    expect(store.writer.head).toBe(1)
  })

  it('takes a trace from sight at once, and the rest of it a little at a time, also after a stop', () => {
    const spans = Array.from({ length: 40 }, (_, i) => wireSpan({ id: uuid<SpanId>(i), input: 'long text' }))
    store.write(wireTrace({ spans }))
    const erase = { what: 'traces', tenantId: TENANT, ids: [ID], overwrite: false } as const
    const progress = store.writer.erase(erase, BEGIN, never)
    expect(progress).toMatchObject({ erased: 1, done: false })
    expect(store.trace(ID)).toBeNull()
    expect(store.list().traces).toEqual([])
    expect(changesAfter(store.db, { after: 0, limit: 9 })).toMatchObject([{ kind: 'erased', traceId: ID, seq: 2 }])
    const left = () => store.db.prepare('SELECT count(*) FROM span_payloads').pluck().get()
    expect(left()).toBe(39)
    // The same id comes again before the old one is gone: another trace.
    store.write(wireTrace({ spans: [wireSpan({ id: uuid<SpanId>(3), input: 'new' })] }))
    store.reopen()
    expect(store.writer.remains).toBe(true)
    while (!store.writer.sweep(never)) expect(left()).toBeGreaterThan(0)
    expect(left()).toBe(1)
    expect(store.trace(ID)).toMatchObject({ span_count: 1, spans: [{ input: 'new' }] })
  })

  it('never gives a number twice', () => {
    store.write(wireTrace({ spans: [wireSpan()] }))
    store.erase([ID])
    store.reopen()
    expect(newestTrace(store.db, {})).toBe(1)
    store.write(wireTrace({ spans: [wireSpan()] }))
    expect(changesAfter(store.db, { after: 0, limit: 9 })).toMatchObject([
      { kind: 'erased', traceKey: 1, seq: 2 },
      { kind: 'stored', traceKey: 2, seq: 3, createdSeq: 3 },
    ])
  })

  it.each([false, true])('overwrites the bytes if told to: %s', (overwrite) => {
    const stored = () => {
      store.db.pragma('wal_checkpoint(TRUNCATE)')
      return readFileSync(path.join(store.dir, 'telemetry.db')).includes('a secret')
    }
    store.write(wireTrace({ input: 'a secret that shall be gone '.repeat(2_000) }))
    expect(stored()).toBe(true)
    store.erase([ID], undefined, { overwrite })
    expect(stored()).toBe(!overwrite)
  })

  it('knows every table whose rows hang on a trace', () => {
    const tables = store.db
      .prepare(
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'trace' ORDER BY 1",
      )
      .pluck()
      .all() as string[]
    store.write(
      wireTrace({
        tags: ['x'],
        spans: [wireSpan({ parentId: uuid(9), cost: 1 })],
        attachments: [{ id: 'a'.repeat(64), mediaType: 'image/png', bytes: Buffer.allocUnsafeSlow(8) }],
        events: [
          { id: uuid<EventId>(1), spanId: null, level: 'info', message: 'm', at: null, metadata: '{}', otlp: null },
        ],
        said: [
          { id: uuid<EventId>(2), spanId: uuid(9), began: null, side: 'input', whole: true, order: '', messages: '[]' },
        ],
        standIns: [uuid(1)],
        repeats: [{ traceId: uuid(2), spanId: uuid(3) }],
      }),
    )
    store.state(feedbackFact({ traceId: ID }), evaluationFact({ traceId: ID }))
    const filled = () => tables.filter((table) => store.db.prepare(`SELECT 1 FROM ${table}`).get() !== undefined)
    expect(filled()).toEqual(tables)
    store.erase([ID])
    expect(filled()).toEqual([])
  })

  it('erases dead letters by project and age, and tombstones up to a place', () => {
    const letter = (projectId: typeof PROJECT | null, receivedAt: number, tenantId = TENANT) => ({
      ...{ tenantId, projectId, receivedAt, source: 'batch' as const, code: 'c', message: 'm' },
      ...{ subjectId: null, payload: '{}' },
    })
    const letters = [
      letter(PROJECT, 1),
      letter(PROJECT, 5),
      letter(null, 1),
      letter(uuid(9), 1),
      letter(null, 9, OTHER),
    ]
    store.writer.commit([pack({ traces: [], deadLetters: letters }).packed])
    const count = () => store.db.prepare('SELECT count(*) FROM dead_letter_payloads').pluck().get()
    const erase = (ask: { projectId?: typeof PROJECT; before: number; tenantId?: TenantId }) =>
      store.finish({ what: 'dead_letters', tenantId: TENANT, overwrite: false, ...ask })
    expect(erase({ tenantId: OTHER, before: 9 })).toBe(0)
    expect(erase({ tenantId: OTHER, projectId: PROJECT, before: 10 })).toBe(0)
    expect(erase({ projectId: PROJECT, before: 5 })).toBe(1)
    expect(count()).toBe(4)
    expect(erase({ before: 5 })).toBe(2)
    expect(erase({ before: 10 })).toBe(1)
    expect(count()).toBe(1)
    expect(erase({ tenantId: OTHER, before: 10 })).toBe(1)
    expect(count()).toBe(0)

    store.write(wireTrace({ id: uuid(1) }), wireTrace({ id: uuid(2) }))
    store.erase([uuid(1), uuid(2)])
    expect(store.finish({ what: 'tombstones', upTo: 3 })).toBe(1)
    expect(changesAfter(store.db, { after: 0, limit: 9 })).toMatchObject([{ kind: 'erased', seq: 4 }])
  })
})

describe('old traces', () => {
  const ask: AskBefore = {
    ...{ tenantId: TENANT, projectId: PROJECT, before: START, now: START + 1_000 },
    ...{ after: null, limit: 10 },
  }
  const ids = (fields: Partial<AskBefore> = {}) =>
    tracesBefore(store.db, { ...ask, ...fields }).map(({ id }) => Number(id.slice(-4)))

  it('are told by their start, and by their arrival where the start is in the future', () => {
    const day = 86_400_000
    const future = START + 900 * day
    store.write(
      wireTrace({ id: uuid(1), startedAt: START - 2 }),
      wireTrace({ id: uuid(2), startedAt: START - 1 }),
      wireTrace({ id: uuid(3), startedAt: START }),
      wireTrace({ id: uuid(4), startedAt: future, receivedAt: START - day }),
      wireTrace({ id: uuid(5), startedAt: future, receivedAt: START }),
      wireTrace({ id: uuid(6), startedAt: START - 5, projectId: uuid(9) }),
      wireTrace({ id: uuid(7), startedAt: future + 1, receivedAt: START - day }),
    )
    expect(ids()).toEqual([1, 2, 4, 7])
    expect(ids({ limit: 2 })).toEqual([1, 2])
    expect(ids({ after: [START - 1, 2] })).toEqual([4, 7])
    expect(ids({ after: [future, 4] })).toEqual([7])
    expect(ids({ tenantId: OTHER })).toEqual([])
    expect(ids({ before: Number.MAX_SAFE_INTEGER, now: Number.MAX_SAFE_INTEGER })).toEqual([1, 2, 3, 4, 5, 7])
  })
})

it('a file from before erasing goes on with its numbers', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'trulayer-telemetry-'))
  const open = (migrations = TELEMETRY_MIGRATIONS) =>
    openTrueFile({ file: path.join(dir, 'telemetry.db'), migrations, log: silentLog(), now: () => START })
  const old = open(TELEMETRY_MIGRATIONS.slice(0, 1))
  old.exec(`INSERT INTO traces (key, tenant, project, id, seq, created_seq, created_at, started_at, span_count, tags, tag_map, fixed)
            VALUES (7, 1, 1, 'x', 9, 9, 1, 1, 0, '[]', '{}', 0);
            INSERT INTO spans (key, trace, id, created_at, name, type) VALUES (12, 7, 'y', 1, 'n', 'other');
            UPDATE log_head SET seq = 9`)
  old.close()
  const db = open()
  expect(db.prepare('SELECT seq, trace_key, span_key FROM log_head').raw().get()).toEqual([9, 7, 12])
  db.close()
  rmSync(dir, { recursive: true })
})
