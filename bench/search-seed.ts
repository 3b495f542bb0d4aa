import path from 'node:path'
import { newId, type ProjectId, type SpanId, type TenantId, type TraceId } from '../src/ids.ts'
import { silentLog } from '../src/log.ts'
import { openTrueFile } from '../src/storage/migrate.ts'
import { openToWrite } from '../src/storage/search/file.ts'
import { TextIndexer } from '../src/storage/search/indexer.ts'
import { openSqlite } from '../src/storage/sqlite.ts'
import { TELEMETRY_MIGRATIONS } from '../src/storage/telemetry/migrations.ts'
import { pack } from '../src/storage/telemetry/pack.ts'
import { wireSpan, wireTrace } from '../src/storage/telemetry/testing.ts'
import { TelemetryWriter } from '../src/storage/telemetry/writer.ts'
import { randomFrom } from './text.ts'

/** Words as a language has them: of `VOCABULARY` words the n-th is about as frequent as 1/n. */
const VOCABULARY = 30_000
const SYLLABLES =
  'ba be bi bo ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe ra re ri ro sa se si so ta te ti to'.split(' ')

export function wordOf(rank: number): string {
  let word = ''
  for (let n = rank + SYLLABLES.length; n > 0; n = Math.floor(n / SYLLABLES.length))
    word += SYLLABLES[n % SYLLABLES.length]
  return word
}

const text = (random: () => number, words: number): string =>
  Array.from({ length: words }, () => wordOf(Math.floor(Math.exp(random() * Math.log(VOCABULARY))))).join(' ')

const MODELS = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash']
const BATCH = 500

export interface SeededStore {
  writeMs: number
  indexMs: number
  /** Texts in UTF-8, and what they take in `search.db`. */
  textBytes: number
}

/** Fills a store that the appliance has made and left: traces over the last thirty days, all of them indexed. */
export function seedStore(dir: string, traces: number, spreadMs: number): SeededStore {
  const { tenantId, projectId } = firstProject(dir)
  const db = openTrueFile({
    file: path.join(dir, 'telemetry.db'),
    migrations: TELEMETRY_MIGRATIONS,
    log: silentLog(),
    now: () => Date.now(),
  })
  const writer = new TelemetryWriter(db)
  const random = randomFrom(1)
  let textBytes = 0
  const make = (n: number) => {
    const startedAt = Date.now() - Math.floor(spreadMs * (1 - n / traces)) - 60_000
    const [input, output, context] = [text(random, 60), text(random, 90), text(random, 80)]
    textBytes += input.length + output.length + context.length
    return wireTrace({
      id: newId<TraceId>(startedAt),
      tenantId,
      projectId,
      name: ['answer-question', 'summarise-ticket', 'draft-reply'][n % 3] ?? null,
      input,
      output,
      error: random() < 0.05 ? 'Request timed out after 30000 ms' : null,
      startedAt,
      latencyMs: Math.floor(random() * 5_000),
      cost: random() / 10,
      metadata: JSON.stringify({ tier: ['free', 'pro', 'enterprise'][n % 3], customer: `cust_${n % 5_000}` }),
      spans: [
        wireSpan({ id: newId<SpanId>(startedAt), name: 'retrieve', type: 'retrieval', output: context, startedAt }),
        wireSpan({
          id: newId<SpanId>(startedAt),
          name: 'answer',
          type: 'llm',
          model: MODELS[n % 4] ?? null,
          startedAt,
        }),
      ],
      whenKnown: 'duplicate',
    })
  }
  let began = performance.now()
  for (let n = 0; n < traces; n += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, traces - n) }, (_, i) => make(n + i))
    writer.commit([pack({ traces: batch, deadLetters: [] }).packed])
  }
  const writeMs = performance.now() - began
  const index = openToWrite(path.join(dir, 'search.db'), 16 * 1024 * 1024).db
  const indexer = new TextIndexer(db, index)
  began = performance.now()
  for (let { place, head } = indexer.step(); place < head; ) ({ place, head } = indexer.step())
  const indexMs = performance.now() - began
  index.close()
  db.close()
  return { writeMs, indexMs, textBytes }
}

function firstProject(dir: string): { tenantId: TenantId; projectId: ProjectId } {
  const control = openSqlite(path.join(dir, 'control.db'), { readonly: true })
  const project = control
    .prepare<[], { tenantId: TenantId; projectId: ProjectId }>(
      'SELECT tenant_id AS tenantId, id AS projectId FROM projects LIMIT 1',
    )
    .get()
  control.close()
  if (!project) throw new Error('the appliance has made no project')
  return project
}
