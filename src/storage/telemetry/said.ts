import type { Database } from 'better-sqlite3'
import type { JsonObject, JsonValue, SaidRecord } from './record.ts'

/** What a stored span says from now on. */
export interface Shown {
  spanKey: number
  side: SaidRecord['side']
  text: string
}

/**
 * So far apart, in milliseconds, may the start of a model's call and a log record be that tells of it. One clock says both; what was written
 * first, and how long that took, lies between them. The next call of an agent comes later than that.
 */
const APART = 250

interface Heard {
  whole: number
  state: number
  messages: string
}

interface Waiting {
  key: number
  spanId: string
  side: SaidRecord['side']
  began: number
}

const NOT_FOUND = ''
const SHOWN = 1
const NOT_NEEDED = 2

/**
 * Messages and tools of spans that come as log records. They and their spans come in any order and in any number of requests, so all are kept, and
 * whenever one side of a span gets more, it is put together anew. A span that has its own input or output keeps it. What names no span is said
 * in the model's call that began nearest to it.
 */
export class SaidMessages {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Database) {
    this.#sql = statements(db)
  }

  /** Adds what was said in spans of a trace, and answers what those of its spans that are stored say anew. */
  add(trace: number, said: readonly SaidRecord[]): Shown[] {
    for (const { spanId, began, side, id, whole, order, messages } of said) {
      if (spanId === null && this.#sql.isThere.get(trace, side, id) === 1) continue
      this.#sql.add.run(trace, spanId ?? NOT_FOUND, side, id, whole ? 1 : 0, order, messages, began)
    }
    const shown: Shown[] = []
    const waiting = this.#sql.waiting.all(trace)
    for (const one of waiting) if (one.spanId === NOT_FOUND) one.spanId = this.#findNearest(trace, one)
    for (const { spanId, side } of waiting) {
      const spanKey = this.#sql.findSpan.get(trace, spanId)
      if (spanKey !== undefined) this.#show({ trace, spanId, spanKey }, side, shown)
    }
    return shown
  }

  /** Finds the call in which something was said by when it began, and gives it to it. */
  #findNearest(trace: number, { key, began }: Waiting): string {
    const spanId = this.#sql.nearest.get(trace, began - APART, began + APART, began)
    if (spanId === undefined) return NOT_FOUND
    this.#sql.place.run(spanId, key)
    return spanId
  }

  #show(span: { trace: number; spanId: string; spanKey: number }, side: SaidRecord['side'], into: Shown[]): void {
    const { trace, spanId, spanKey } = span
    const heard = this.#sql.heard.all(trace, spanId, side)
    const isOwn = this.#sql[side].get(spanKey) === 1 && !heard.some(({ state }) => state === SHOWN)
    this.#sql.settle.run(isOwn ? NOT_NEEDED : SHOWN, trace, spanId, side)
    if (isOwn) return
    const text = together(heard)
    if (side === 'tools') this.#setTools(spanKey, text)
    else this.#sql[side === 'input' ? 'setInput' : 'setOutput'].run(text, spanKey)
    this.#sql.unweigh.run(spanKey)
    into.push({ spanKey, side, text })
  }

  #setTools(spanKey: number, tools: string): void {
    const metadata = JSON.parse(this.#sql.metadata.get(spanKey) ?? '{}') as JsonObject
    this.#sql.setMetadata.run(JSON.stringify({ ...metadata, tools: JSON.parse(tools) as JsonValue }), spanKey)
  }
}

function together(heard: readonly Heard[]): string {
  const whole = heard.findLast((one) => one.whole === 1)
  if (whole !== undefined) return whole.messages
  const lists = heard.map(({ messages }) => messages).filter((text) => text.startsWith('[') && text.endsWith(']'))
  return `[${lists.map((text) => text.slice(1, -1)).join(',')}]`
}

function statements(db: Database) {
  return {
    add: db.prepare<[number, string, string, string, number, string, string, number | null]>(
      `INSERT INTO said (trace, span_id, side, id, whole, place, messages, began) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (trace, span_id, side, id) DO NOTHING`,
    ),
    isThere: db
      .prepare<[number, string, string], number>('SELECT 1 FROM said WHERE trace = ? AND side = ? AND id = ?')
      .pluck(),
    // One for each side of a span; those without a span each for itself.
    waiting: db.prepare<[number], Waiting>(
      `SELECT min(key) AS key, span_id AS spanId, side, ifnull(began, 0) AS began FROM said WHERE trace = ? AND state = 0
       GROUP BY span_id, side, CASE WHEN span_id = '' THEN key END`,
    ),
    nearest: db
      .prepare<[number, number, number, number], string>(
        `SELECT id FROM spans WHERE trace = ? AND type = 'llm' AND started_at BETWEEN ? AND ?
         ORDER BY abs(started_at - ?), key LIMIT 1`,
      )
      .pluck(),
    place: db.prepare<[string, number]>('UPDATE said SET span_id = ? WHERE key = ?'),
    findSpan: db.prepare<[number, string], number>('SELECT key FROM spans WHERE trace = ? AND id = ?').pluck(),
    input: db.prepare<[number], number>('SELECT input IS NOT NULL FROM span_payloads WHERE key = ?').pluck(),
    output: db.prepare<[number], number>('SELECT output IS NOT NULL FROM span_payloads WHERE key = ?').pluck(),
    heard: db.prepare<[number, string, string], Heard>(
      'SELECT whole, state, messages FROM said WHERE trace = ? AND span_id = ? AND side = ? ORDER BY place, id',
    ),
    settle: db.prepare<[number, number, string, string]>(
      'UPDATE said SET state = ? WHERE trace = ? AND span_id = ? AND side = ?',
    ),
    tools: db
      .prepare<[number], number>(`SELECT json_type(metadata, '$.tools') IS NOT NULL FROM span_payloads WHERE key = ?`)
      .pluck(),
    metadata: db.prepare<[number], string>('SELECT metadata FROM span_payloads WHERE key = ?').pluck(),
    setMetadata: db.prepare<[string, number]>('UPDATE span_payloads SET metadata = ? WHERE key = ?'),
    setInput: db.prepare<[string, number]>('UPDATE span_payloads SET input = ? WHERE key = ?'),
    setOutput: db.prepare<[string, number]>('UPDATE span_payloads SET output = ? WHERE key = ?'),
    unweigh: db.prepare<[number]>('UPDATE spans SET payload_bytes = NULL WHERE key = ?'),
  }
}
