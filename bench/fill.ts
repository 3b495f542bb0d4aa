import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { newId, type ProjectId, type SpanId, type TenantId, type TraceId } from '../src/ids.ts'
import { encode } from '../src/ingest/encode.ts'
import { projectNamed, recordFromNative } from '../src/ingest/formats/native.ts'
import { Pricer } from '../src/ingest/prices/pricer.ts'
import { silentLog } from '../src/log.ts'
import { openTrueFile } from '../src/storage/migrate.ts'
import { openToWrite } from '../src/storage/search/file.ts'
import { openSqlite } from '../src/storage/sqlite.ts'
import { TELEMETRY_MIGRATIONS } from '../src/storage/telemetry/migrations.ts'
import { pack } from '../src/storage/telemetry/pack.ts'
import type { WireTrace } from '../src/storage/telemetry/wire.ts'
import { TelemetryWriter } from '../src/storage/telemetry/writer.ts'
import { Body } from './bodies.ts'
import { TRACES_PER_BATCH } from './traces.ts'

/** Fills a store that the appliance has made and left, with small traces over the time before now: by its writer, without its door. */
export interface FillOrder {
  /** The data directory. */
  dir: string
  traces: number
  spreadMs: number
}

export interface FillReport {
  ms: number
  filled: number
}

const VARIANTS = 24
const BATCH = 1_000
const MAX_SPAN_BYTES = 1024 * 1024
const TRACES_PER_SESSION = 5
const USERS = 20_000
const CACHE_KB = 256 * 1024

const { dir, traces, spreadMs } = JSON.parse(process.argv[2] ?? '{}') as FillOrder
const began = performance.now()
const db = openTrueFile({
  file: path.join(dir, 'telemetry.db'),
  migrations: TELEMETRY_MIGRATIONS,
  log: silentLog(),
  now: () => Date.now(),
})
// If this does not come to its end nobody needs what it did.
db.pragma('synchronous = OFF')
db.pragma(`cache_size = -${CACHE_KB}`)
const writer = new TelemetryWriter(db)
const until = Date.now() - 70_000
const templates = wireTraces(projectsOf(dir))
for (let n = 0; n < traces; n += BATCH) {
  const batch = Array.from({ length: Math.min(BATCH, traces - n) }, (_, i) => make(n + i))
  writer.commit([pack({ traces: batch, deadLetters: [] }).packed])
}
const filled = writer.head
db.close()
// Charts are what is looked at afterwards: an index of texts would only be in the way.
const search = openToWrite(path.join(dir, 'search.db'), 16 * 1024 * 1024).db
search.prepare("INSERT OR REPLACE INTO places (name, seq) VALUES ('text', ?)").run(filled)
search.close()
process.send?.({ ms: performance.now() - began, filled } satisfies FillReport, () => process.disconnect())

/** The n-th trace: one of the templates, with a start, ids, a session and a user of its own. */
function make(n: number): WireTrace {
  const template = templates[(n * 7) % templates.length]
  if (!template) throw new Error('there are no templates')
  const by = until - Math.floor(spreadMs * (1 - n / traces)) - (template.startedAt ?? 0)
  const later = (ms: number | null) => (ms === null ? null : ms + by)
  const ids = new Map(template.spans.map(({ id }) => [id, randomUUID() as SpanId]))
  const startedAt = later(template.startedAt)
  return {
    ...template,
    id: newId<TraceId>(startedAt ?? until),
    startedAt,
    endedAt: later(template.endedAt),
    latencyMs: template.latencyMs === null ? null : template.latencyMs + Math.floor(Math.random() * 1_000),
    sessionId: `sess_${Math.floor(n / TRACES_PER_SESSION)}`,
    userId: `user_${Math.floor(Math.random() * USERS)}`,
    spans: template.spans.map((span) => ({
      ...span,
      id: ids.get(span.id) ?? span.id,
      parentId: span.parentId === null ? null : (ids.get(span.parentId) ?? span.parentId),
      startedAt: later(span.startedAt),
      endedAt: later(span.endedAt),
    })),
  }
}

/** What the load sends, as the writer gets it. */
function wireTraces(projects: { tenantId: TenantId; byName: ReadonlyMap<string, ProjectId> }): WireTrace[] {
  const pricer = new Pricer([])
  const receivedAt = Date.now()
  return Array.from({ length: VARIANTS }, (_, variant) => {
    const body = new Body(variant, 'small')
    body.renew(receivedAt, variant * TRACES_PER_BATCH)
    const batch = JSON.parse(body.bytes.toString('utf8')) as { traces: unknown[] }
    return batch.traces.map((value) => {
      const projectId = projects.byName.get(projectNamed(value) ?? '')
      if (!projectId) throw new Error('the appliance has not met this project')
      const context = { tenantId: projects.tenantId, projectId, receivedAt, maxSpanBytes: MAX_SPAN_BYTES }
      const { record } = recordFromNative(value, context)
      if (!record) throw new Error('the bench made a trace that is not valid')
      return encode(record, pricer)
    })
  }).flat()
}

/** The appliance has met the names of the projects before. */
function projectsOf(data: string): { tenantId: TenantId; byName: Map<string, ProjectId> } {
  const control = openSqlite(path.join(data, 'control.db'), { readonly: true })
  const rows = control
    .prepare<[], { tenantId: TenantId; id: ProjectId; name: string }>(
      'SELECT tenant_id AS tenantId, id, name FROM projects',
    )
    .all()
  control.close()
  const tenantId = rows[0]?.tenantId
  if (!tenantId) throw new Error('the appliance has made no project')
  return { tenantId, byName: new Map(rows.map(({ name, id }) => [name, id])) }
}
