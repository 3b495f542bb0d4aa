import type { Database } from 'better-sqlite3'
import { getOrAdd } from '../../../get-or-add.ts'
import type { ProjectId, TenantId } from '../../../ids.ts'
import { giveWay } from '../gives-way.ts'
import { refersToPayload, wholeSpan } from '../otlp/kept-span.ts'
import { type Logged, withLogged } from '../otlp/logged-spans.ts'
import { nativeContext, spanHex } from '../otlp/native-spans.ts'
import type { JsonObject } from '../record.ts'
import { type HotTrace, NativeWriter, type PlacedSpan, type PlacedTrace } from './otlp-native.ts'
import { prepared } from './prepared.ts'

/**
 * Traces of a time range as OTLP, the oldest first. The order is by start and id, of traces and of their spans, and not by when they
 * came: what is sent in somewhere else in this order comes out of there in this order.
 *
 * A page is planned first (which spans, and where the next page begins), because the cursor is a header; then it is written.
 */
export interface AskOtlp {
  tenantId: TenantId
  projectId?: ProjectId
  /** When traces started, milliseconds, inclusive. */
  from: number
  to: number
  most: number
  after?: OtlpPlace
}

/** The last span of a page: its trace's start and id, its own start and id in hex. */
export type OtlpPlace = readonly [traceStart: number, traceId: string, spanStart: number, spanHex: string]

/** Some of a trace's spans: those after a place, so many. */
export interface OtlpPart {
  trace: number
  after: readonly [start: number, hex: string] | null
  count: number
}

const TRACES_AT_ONCE = 200
const PIECE_BYTES = 256 * 1024
/** Before every span, also one without a start. */
const BEFORE_ALL = Number.MIN_SAFE_INTEGER

export function otlpPage(db: Database, ask: AskOtlp): { parts: OtlpPart[]; next: OtlpPlace | null } {
  const parts: OtlpPart[] = []
  let left = ask.most
  let [start, id, spanStart, hex] = ask.after ?? [ask.from, '', BEFORE_ALL, '']
  // The trace that the page before ended in comes once more: it may have spans after that place.
  for (let page = tracesFrom(db, ask, start, id); page.length > 0; page = tracesFrom(db, ask, start, `${id} `)) {
    for (const trace of page) {
      const isSame = trace.startedAt === start && trace.id === id
      const after = isSame && hex !== '' ? ([spanStart, hex] as const) : null
      const spans = spansAfter(spansOf(db, trace), after)
      if (spans.length > 0 && left === 0) return { parts, next: [start, id, spanStart, hex] }
      const taken = spans.slice(0, left)
      const last = taken.at(-1)
      ;[start, id] = [trace.startedAt, trace.id]
      if (last) {
        parts.push({ trace: trace.key, after, count: taken.length })
        left -= taken.length
        ;[spanStart, hex] = [last.start, last.hex]
      }
      if (taken.length < spans.length) return { parts, next: [start, id, spanStart, hex] }
      giveWay()
    }
  }
  return { parts, next: null }
}

/** `TracesData` of these parts. What was erased since is left out. */
export function* otlpSpans(
  db: Database,
  { tenantId, parts }: { tenantId: TenantId; parts: readonly OtlpPart[] },
): Generator<Uint8Array> {
  const out = new Gathered()
  out.add('{"resourceSpans":[')
  let separator = ''
  for (const part of parts) {
    for (const text of writePart(db, tenantId, part)) {
      if (text.begins) out.add(separator)
      if (text.begins) separator = ','
      out.add(text.text)
      giveWay()
      if (out.isFull) yield out.take()
    }
  }
  out.add(']}')
  yield out.take()
}

function tracesFrom(db: Database, { tenantId, projectId, to }: AskOtlp, start: number, id: string): PlacedTrace[] {
  const index = projectId === undefined ? 'traces_started' : 'traces_project'
  const scope = projectId === undefined ? '' : 'AND t.project = (SELECT key FROM projects WHERE id = @projectId)'
  return prepared<[object], PlacedTrace>(
    db,
    `SELECT t.key, t.id, t.started_at AS startedAt FROM traces t INDEXED BY ${index}
     WHERE t.tenant = (SELECT key FROM tenants WHERE id = @tenantId) ${scope}
       AND t.started_at BETWEEN @start AND @to AND (t.started_at > @start OR t.id >= @id)
     ORDER BY t.started_at, t.id LIMIT ${TRACES_AT_ONCE}`,
  ).all({ tenantId, projectId: projectId ?? null, start, to, id })
}

/** All spans of a trace in the order of the export. */
function spansOf(db: Database, trace: PlacedTrace): PlacedSpan[] {
  const spans = prepared<[number], PlacedSpan & { startedAt: number | null; otelId: string | null }>(
    db,
    `SELECT key, id, parent_id AS parentId, started_at AS startedAt, otel_span_id AS otelId FROM spans WHERE trace = ?`,
  )
    .all(trace.key)
    .map(({ key, id, parentId, startedAt, otelId }) => ({
      ...{ key, id, parentId },
      start: startedAt ?? (otelId === null ? trace.startedAt : 0),
      hex: otelId ?? spanHex(id),
    }))
  const isNative = prepared<[number], number>(db, 'SELECT otel_trace_id IS NULL FROM traces WHERE key = ?', 'pluck')
  const all: PlacedSpan[] = spans
  if (isNative.get(trace.key) === 1)
    all.push({ key: null, id: trace.id, parentId: null, start: trace.startedAt, hex: spanHex(trace.id) })
  return all.sort((a, b) => a.start - b.start || (a.hex < b.hex ? -1 : 1))
}

const spansAfter = (spans: PlacedSpan[], after: OtlpPart['after']): PlacedSpan[] =>
  after === null ? spans : spans.filter(({ start, hex }) => start > after[0] || (start === after[0] && hex > after[1]))

interface Written {
  text: string
  /** It begins an entry of `resourceSpans`. */
  begins?: boolean
}

function* writePart(db: Database, tenantId: TenantId, part: OtlpPart): Generator<Written> {
  const trace = findTrace(db, tenantId, part.trace)
  if (!trace) return
  const all = spansOf(db, trace)
  const spans = spansAfter(all, part.after).slice(0, part.count)
  const native = new NativeWriter(db, trace, all)
  const logged = loggedOf(db, trace.key)
  for (const [resource, scopes] of grouped(db, trace, spans)) {
    yield { text: `{${resource}"scopeSpans":[`, begins: true }
    let scopeSeparator = ''
    for (const [scope, group] of scopes) {
      yield { text: `${scopeSeparator}{${scope}"spans":[` }
      scopeSeparator = ','
      let separator = ''
      for (const span of group) {
        const text = storedSpan(db, span, logged) ?? native.write(span)
        if (text === null) continue
        yield { text: separator + text }
        separator = ','
      }
      yield { text: ']}' }
    }
    yield { text: ']}' }
  }
}

function storedSpan(db: Database, { key, id }: PlacedSpan, logged: ReadonlyMap<string, Logs>): string | null {
  if (key === null) return null
  const kept = prepared<[number], string | null>(db, 'SELECT otlp FROM span_payloads WHERE key = ?', 'pluck').get(key)
  const logs = logged.get(id)
  if (kept === undefined || kept === null || (logs === undefined && !refersToPayload(kept))) return kept ?? null
  const payload = prepared<[number], Said>(db, 'SELECT input, output FROM span_payloads WHERE key = ?').get(key)
  const whole = wholeSpan(kept, payload ?? NOTHING_SAID)
  if (logs === undefined) return whole
  const side = (name: keyof Said) => (logs.sides.has(name) ? (payload?.[name] ?? null) : null)
  return withLogged(whole, { input: side('input'), output: side('output'), events: logs.events })
}

type Said = Pick<Logged, 'input' | 'output'>
const NOTHING_SAID: Said = { input: null, output: null }

/** What a span has from log records: its events, and which of its input and output. */
interface Logs {
  sides: Set<string>
  events: string[]
}

/** By the ids of spans; most traces have none. */
function loggedOf(db: Database, trace: number): ReadonlyMap<string, Logs> {
  const logs = new Map<string, Logs>()
  const of = (spanId: string) => getOrAdd(logs, spanId, () => ({ sides: new Set<string>(), events: [] }))
  const said = prepared<[number], { spanId: string; side: string }>(
    db,
    'SELECT DISTINCT span_id AS spanId, side FROM said WHERE trace = ? AND state = 1',
  )
  const events = prepared<[number], { spanId: string; otlp: string }>(
    db,
    `SELECT span_id AS spanId, otlp FROM events WHERE trace = ? AND otlp IS NOT NULL AND span_id IS NOT NULL
     ORDER BY ifnull(at, 0), id`,
  )
  for (const { spanId, side } of said.iterate(trace)) of(spanId).sides.add(side)
  for (const { spanId, otlp } of events.iterate(trace)) of(spanId).events.push(otlp)
  return logs
}

/** Resource → scope → spans, in the order of first appearance; the names are JSON members with a comma after them. */
function grouped(db: Database, trace: HotTrace, spans: readonly PlacedSpan[]): Map<string, Map<string, PlacedSpan[]>> {
  const own = JSON.stringify(nativeContext(trace.environment))
  const contextOf = prepared<[number], string | null>(
    db,
    `SELECT c.body FROM span_payloads y LEFT JOIN otlp_contexts c ON c.key = y.otlp_context WHERE y.key = ?`,
    'pluck',
  )
  const known = new Map<string, [resource: string, scope: string]>()
  const groups = new Map<string, Map<string, PlacedSpan[]>>()
  for (const span of spans) {
    const body = (span.key === null ? null : contextOf.get(span.key)) ?? own
    const [resource, scope] = getOrAdd(known, body, () => membersOf(body))
    const scopes = getOrAdd(groups, resource, () => new Map<string, PlacedSpan[]>())
    getOrAdd(scopes, scope, () => []).push(span)
  }
  return groups
}

function membersOf(body: string): [string, string] {
  const { scope, resource } = JSON.parse(body) as { scope: JsonObject | null; resource: JsonObject | null }
  return [member('resource', resource), member('scope', scope)]
}

/** The schema URL is kept inside; in the protocol it stands beside. */
function member(name: string, described: JsonObject | null): string {
  if (described === null) return ''
  const { schemaUrl, ...rest } = described
  const url = schemaUrl === undefined ? '' : `"schemaUrl":${JSON.stringify(schemaUrl)},`
  return `"${name}":${JSON.stringify(rest)},${url}`
}

const findTrace = (db: Database, tenantId: TenantId, key: number): HotTrace | undefined =>
  prepared<[number, string], HotTrace>(
    db,
    `SELECT key, id, started_at AS startedAt, otel_trace_id AS otelTraceId, session_id AS sessionId, user_id AS userId, environment,
       name, model, error, failure_type AS failureType, ended_at AS endedAt, latency_ms AS latencyMs, tags, tag_map AS tagMap
     FROM traces WHERE key = ? AND tenant = (SELECT key FROM tenants WHERE id = ?)`,
  ).get(key, tenantId)

/** Text that is sent in pieces of some size. */
class Gathered {
  #texts: string[] = []
  #size = 0

  get isFull(): boolean {
    return this.#size >= PIECE_BYTES
  }

  add(text: string): void {
    this.#texts.push(text)
    this.#size += text.length
  }

  take(): Uint8Array {
    const bytes = Buffer.from(this.#texts.join(''))
    this.#texts = []
    this.#size = 0
    return bytes
  }
}
