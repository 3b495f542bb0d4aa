import type { Database, RunResult } from 'better-sqlite3'
import Sqlite from 'better-sqlite3'
import type { ProjectId, TenantId } from '../src/ids.ts'
import { encode } from '../src/ingest/encode.ts'
import { projectNamed, recordFromNative } from '../src/ingest/formats/native.ts'
import { decodeOtlp, recordsFromOtlp } from '../src/ingest/formats/otlp.ts'
import { Pricer } from '../src/ingest/prices/pricer.ts'
import { TELEMETRY_MIGRATIONS } from '../src/storage/telemetry/migrations.ts'
import { pack } from '../src/storage/telemetry/pack.ts'
import type { TraceRecord } from '../src/storage/telemetry/record.ts'
import { TelemetryWriter } from '../src/storage/telemetry/writer.ts'
import { Body, type Renewable } from './bodies.ts'
import type { Format } from './load-options.ts'
import { OtlpBody } from './otlp-bodies.ts'
import { TRACES_PER_BATCH } from './traces.ts'

/** One execution of a statement of the writer, as it was: which statement, which values. */
export interface Insert {
  sql: string
  values: unknown[]
}

const TENANT = '01900000-0000-7000-8000-000000000001' as TenantId
const MAX_SPAN_BYTES = 1024 * 1024
/** Only these are made for real while rows are worked out, because what follows needs their numbers. */
const NUMBERED = /^INSERT INTO (tenants|projects|terms|prices) /

/**
 * Works out the rows of one batch after another with the appliance's own parser, pricer and writer, over a store in memory that
 * keeps nothing but numbers. What comes out is every insert of the writer, and none of its thinking.
 */
export class RowMaker {
  readonly #inserts: Insert[] = []
  readonly #pricer = new Pricer([])
  readonly #projects = new Map<string, ProjectId>()
  readonly #writer: TelemetryWriter
  readonly #format: Format
  readonly #bodies: Renewable[]
  #batches = 0

  constructor(bodies: number, format: Format) {
    this.#format = format
    const db = new Sqlite(':memory:')
    for (const { up } of TELEMETRY_MIGRATIONS) up(db)
    this.#writer = new TelemetryWriter(recording(db, this.#inserts))
    this.#bodies = Array.from({ length: bodies }, (_, i) =>
      format === 'otlp' ? new OtlpBody(i, 'full') : new Body(i, 'full'),
    )
  }

  /** The inserts of the next 50 traces. */
  next(): Insert[] {
    const body = this.#bodies[this.#batches % this.#bodies.length]
    if (!body) return []
    const receivedAt = Date.now()
    body.renew(receivedAt - 70_000, this.#batches * TRACES_PER_BATCH)
    this.#batches += 1
    const records = this.#format === 'otlp' ? this.#fromOtlp(body, receivedAt) : this.#fromNative(body, receivedAt)
    const wire = records.map((record) => encode(record, this.#pricer))
    this.#writer.commit([pack({ traces: wire, deadLetters: [] }).packed])
    return this.#inserts.splice(0)
  }

  #fromNative(body: Renewable, receivedAt: number): TraceRecord[] {
    const { traces } = JSON.parse(body.bytes.toString('utf8')) as { traces: unknown[] }
    return traces.map((value) => {
      const { record } = recordFromNative(value, contextOf(this.#project(projectNamed(value) ?? ''), receivedAt))
      if (!record) throw new Error('the bench made a trace that is not valid')
      return record
    })
  }

  #fromOtlp(body: Renewable, receivedAt: number): TraceRecord[] {
    const request = decodeOtlp(body.bytes, 'application/x-protobuf')
    const { records, rejected } = recordsFromOtlp(request, contextOf(this.#project(''), receivedAt))
    if (rejected.length > 0) throw new Error('the bench made a span that is not valid')
    return records
  }

  #project(name: string): ProjectId {
    const known = this.#projects.get(name)
    if (known) return known
    const id = `01900000-0000-7000-8000-1${String(this.#projects.size).padStart(11, '0')}` as ProjectId
    this.#projects.set(name, id)
    return id
  }
}

const contextOf = (projectId: ProjectId, receivedAt: number) => ({
  ...{ tenantId: TENANT, projectId, receivedAt, maxSpanBytes: MAX_SPAN_BYTES },
})

/** A database that writes down every `run`, and does only those that give numbers. */
function recording(db: Database, inserts: Insert[]): Database {
  const prepare = (sql: string) => {
    const statement = db.prepare(sql)
    const run = (...values: unknown[]): RunResult => {
      inserts.push({ sql, values })
      return NUMBERED.test(sql) ? statement.run(...values) : { changes: 1, lastInsertRowid: 0 }
    }
    return new Proxy(statement, { get: (target, name) => (name === 'run' ? run : bound(target, name)) })
  }
  return new Proxy(db, { get: (target, name) => (name === 'prepare' ? prepare : bound(target, name)) })
}

function bound<T extends object>(target: T, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}
