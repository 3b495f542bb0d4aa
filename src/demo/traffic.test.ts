import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProjectId, TenantId } from '../ids.ts'
import { failureType } from '../ingest/failure-type.ts'
import { recordFromNative } from '../ingest/formats/native.ts'
import { decodeOtlp, recordsFromOtlp } from '../ingest/formats/otlp.ts'
import { Pricer } from '../ingest/prices/pricer.ts'
import type { TraceRecord } from '../storage/telemetry/record.ts'
import { DAY, HOUR } from './calendar.ts'
import { type DemoOptions, demoIncidents, demoTraffic, type Stretch } from './traffic.ts'

const NOW = Date.parse('2026-11-19T16:20:30.123Z')
const TWO_WEEKS: DemoOptions = { seed: 1, now: NOW, days: 14 }

/** The records as ingest makes them; throws if it would refuse any. */
function recordsOf(stretches: Iterable<Stretch>): TraceRecord[] {
  const context = { tenantId: 't' as TenantId, projectId: 'p' as ProjectId, receivedAt: NOW, maxSpanBytes: 1024 * 1024 }
  const records: TraceRecord[] = []
  for (const { native, otlp, traces } of stretches) {
    const before = records.length
    for (const trace of native) {
      const { record, rejected } = recordFromNative(trace, context)
      expect(rejected).toEqual([])
      if (record) records.push(record)
    }
    if (otlp) {
      const read = recordsFromOtlp(decodeOtlp(Buffer.from(JSON.stringify(otlp)), 'application/json'), context)
      expect(read.rejected).toEqual([])
      records.push(...read.records)
    }
    expect(records.length - before).toBe(traces)
  }
  return records
}

/** As the fold does it: a native trace says so itself, one of OTLP by its root. */
const errorOf = (record: TraceRecord): string | null =>
  record.whenKnown === 'duplicate'
    ? record.error
    : (record.spans.find(({ parentId }) => parentId === null)?.error ?? null)
const startOf = (record: TraceRecord): number =>
  record.startedAt ?? Math.min(...record.spans.map(({ startedAt }) => startedAt ?? Number.POSITIVE_INFINITY))
const endOf = (record: TraceRecord): number =>
  record.endedAt ?? Math.max(...record.spans.map(({ endedAt }) => endedAt ?? 0))

function counted(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

describe('the demo', () => {
  const stretches = [...demoTraffic(TWO_WEEKS)]
  const recordsByStretch = stretches.map((stretch) => recordsOf([stretch]))
  const records = recordsByStretch.flat()
  const spans = records.flatMap((record) => record.spans)

  it('is the same bytes for the same seed, and others for another', () => {
    const digest = (options: DemoOptions) => {
      const hash = createHash('sha256')
      for (const stretch of demoTraffic(options)) hash.update(JSON.stringify(stretch))
      return hash.digest('hex')
    }
    const oneDay = { ...TWO_WEEKS, days: 1 }
    const first = digest(oneDay)
    expect(digest(oneDay)).toBe(first)
    expect(digest({ ...oneDay, seed: 2 })).not.toBe(first)
  })

  it('is what ingest takes whole, within its time, whatever the seed, the end and the length', () => {
    const options = fc.record({
      seed: fc.integer(),
      now: fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2035-01-01') }),
      days: fc.integer({ min: 1, max: 3 }),
      tracesPerDay: fc.integer({ min: 1, max: 60 }),
    })
    fc.assert(
      fc.property(options, (demo) => {
        const made = [...demoTraffic(demo)]
        const ids = new Set<string>()
        for (const record of recordsOf(made)) {
          expect(ids.has(record.id)).toBe(false)
          ids.add(record.id)
          const own = new Set(record.spans.map(({ id }) => id))
          expect(own.size).toBe(record.spans.length)
          for (const { parentId, startedAt, endedAt } of record.spans) {
            if (parentId !== null) expect(own).toContain(parentId)
            expect(startedAt).toBeGreaterThanOrEqual(demo.now - demo.days * DAY)
            expect(endedAt).toBeGreaterThanOrEqual(startedAt ?? Number.NaN)
            expect(endedAt).toBeLessThanOrEqual(demo.now)
          }
        }
        for (const { traceId, at } of made.flatMap(({ feedback }) => feedback)) {
          expect(ids).toContain(traceId)
          expect(at).toBeLessThanOrEqual(demo.now)
        }
        expect(made.map(({ progress }) => progress)).toEqual(
          made.map(({ progress }) => progress).toSorted((a, b) => a - b),
        )
      }),
      { numRuns: 25 },
    )
  })

  it('comes in the order of time', () => {
    const starts = recordsByStretch.map((some) => some.map(startOf))
    for (const [i, some] of starts.entries()) {
      const before = starts[i - 1]
      if (before) expect(Math.min(...some)).toBeGreaterThanOrEqual(Math.max(...before))
    }
  })

  it('is an ordinary amount a day, more by day and on working days', () => {
    expect(records.length / 14).toBeGreaterThan(480)
    expect(records.length / 14).toBeLessThan(720)
    const at = (test: (date: Date) => boolean) => records.filter((record) => test(new Date(startOf(record)))).length
    expect(at((date) => date.getUTCHours() === 10)).toBeGreaterThan(4 * at((date) => date.getUTCHours() === 2))
    expect(at((date) => date.getUTCDay() === 2)).toBeGreaterThan(at((date) => date.getUTCDay() === 0))
  })

  it('fails in every way, now and then', () => {
    const failed = records.map(errorOf).filter((error) => error !== null)
    for (const type of ['timeout', 'rate_limit', 'invalid_response', 'context_length', null]) {
      expect(failed.filter((error) => failureType(error) === type).length).toBeGreaterThan(3)
    }
    expect(failed.length / records.length).toBeGreaterThan(0.025)
    expect(failed.length / records.length).toBeLessThan(0.08)
  })

  it('recovers from failures too', () => {
    expect(records.some((record) => errorOf(record) === null && record.spans.some(({ error }) => error !== null))).toBe(
      true,
    )
  })

  it('has conversations, tools, documents with scores, several models, and people who say what they think', () => {
    const turns = counted(records.map(({ sessionId }) => sessionId ?? ''))
    expect([...turns.values()].filter((count) => count > 2).length).toBeGreaterThan(100)
    const tools = new Set(spans.filter(({ type }) => type === 'tool').map(({ name }) => name))
    expect(tools.size).toBeGreaterThan(15)
    const retrieved = spans.filter(({ type }) => type === 'retrieval')
    for (const { metadata, output } of retrieved.slice(0, 50)) {
      const documents = (metadata.documents ?? JSON.parse(output ?? '[]')) as { score: number; content: string }[]
      for (const { score, content } of documents) {
        expect(score).toBeGreaterThan(0)
        expect(score).toBeLessThan(1)
        expect(content.length).toBeGreaterThan(40)
      }
    }
    expect(new Set(spans.map(({ model }) => model)).size).toBeGreaterThan(5)
    const labels = counted(stretches.flatMap(({ feedback }) => feedback.map(({ label }) => label)))
    for (const label of ['good', 'neutral', 'bad']) expect(labels.get(label)).toBeGreaterThan(20)
    const inputs = new Set(records.map(({ input, spans: [root] }) => input ?? root?.input))
    expect(inputs.size).toBeGreaterThan(records.length / 3)
  })

  it('counts the tokens of its own texts, and every call of a model has a price', () => {
    const pricer = new Pricer([])
    const calls = spans.filter(({ type, error }) => type === 'llm' && error === null)
    expect(calls.length).toBeGreaterThan(3_000)
    for (const { model, provider, usage, input, output } of calls) {
      const perToken = (input ?? '').length / (usage.input ?? 0)
      expect(perToken).toBeGreaterThan(0.4)
      expect(perToken).toBeLessThan(7)
      expect((output ?? '').length / (usage.output ?? 0)).toBeLessThan(7)
      expect(usage.cacheRead ?? 0).toBeLessThanOrEqual(usage.input ?? 0)
      expect(pricer.price('t' as TenantId, model, provider, usage, NOW)?.dollars).toBeGreaterThan(0)
    }
    expect(calls.some(({ usage }) => (usage.cacheRead ?? 0) > 0)).toBe(true)
  })

  it('has the incidents that it says it has, each in full hours and long enough ago', () => {
    const incidents = demoIncidents(TWO_WEEKS)
    expect(incidents.map(({ kind }) => kind)).toEqual(['volume_anomaly', 'latency_spike', 'error_rate_spike'])
    for (const { from, to } of incidents) {
      expect([from % HOUR, to % HOUR]).toEqual([0, 0])
      expect(to).toBeLessThanOrEqual(NOW - 2 * HOUR)
    }
    const [surge, slow, errors] = incidents
    if (!surge || !slow || !errors) throw new Error('an incident is missing')
    const during = ({ from, to }: { from: number; to: number }) =>
      records.filter((record) => startOf(record) >= from && startOf(record) < to)
    const weekBefore = ({ from, to }: { from: number; to: number }) => ({ from: from - 7 * DAY, to: to - 7 * DAY })
    const medianMs = (some: TraceRecord[]) =>
      some.map((one) => endOf(one) - startOf(one)).toSorted((a, b) => a - b)[some.length >> 1] ?? 0
    const errorRate = (some: TraceRecord[]) => some.filter((one) => errorOf(one) !== null).length / some.length

    expect(during(surge).length).toBeGreaterThan(1.8 * during(weekBefore(surge)).length)
    expect(medianMs(during(slow))).toBeGreaterThan(3 * medianMs(during(weekBefore(slow))))
    expect(errorRate(during(errors))).toBeGreaterThan(0.3)
    expect(errorRate(during(weekBefore(errors)))).toBeLessThan(0.15)
  })

  it('plants only what fits when it is short', () => {
    const kinds = (days: number) => demoIncidents({ ...TWO_WEEKS, days }).map(({ kind }) => kind)
    expect(kinds(1)).toEqual(['error_rate_spike'])
    expect(kinds(5)).toEqual(['latency_spike', 'error_rate_spike'])
  })
})
