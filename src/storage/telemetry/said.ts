import type { Database } from 'better-sqlite3'
import type { SaidRecord } from './record.ts'

/** What a stored span says from now on. */
export interface Shown {
  spanKey: number
  side: SaidRecord['side']
  text: string
}

interface Heard {
  whole: number
  state: number
  messages: string
}

const SHOWN = 1
const NOT_NEEDED = 2

/**
 * Messages of spans that come as log records. They and their spans come in any order and in any number of requests, so all are kept, and
 * whenever one side of a span gets more, it is put together anew. A span that has its own input or output keeps it.
 */
export class SaidMessages {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Database) {
    this.#sql = statements(db)
  }

  /** Adds what was said in spans of a trace, and answers what those of its spans that are stored say anew. */
  add(trace: number, said: readonly SaidRecord[]): Shown[] {
    for (const { spanId, side, id, whole, order, messages } of said)
      this.#sql.add.run(trace, spanId, side, id, whole ? 1 : 0, order, messages)
    const shown: Shown[] = []
    for (const { spanId, side } of this.#sql.waiting.all(trace)) {
      const spanKey = this.#sql.findSpan.get(trace, spanId)
      if (spanKey !== undefined) this.#show({ trace, spanId, spanKey }, side, shown)
    }
    return shown
  }

  #show(span: { trace: number; spanId: string; spanKey: number }, side: SaidRecord['side'], into: Shown[]): void {
    const { trace, spanId, spanKey } = span
    const heard = this.#sql.heard.all(trace, spanId, side)
    const isOwn = this.#sql[side].get(spanKey) === 1 && !heard.some(({ state }) => state === SHOWN)
    this.#sql.settle.run(isOwn ? NOT_NEEDED : SHOWN, trace, spanId, side)
    if (isOwn) return
    const text = together(heard)
    this.#sql[side === 'input' ? 'setInput' : 'setOutput'].run(text, spanKey)
    into.push({ spanKey, side, text })
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
    add: db.prepare<[number, string, string, string, number, string, string]>(
      `INSERT INTO said (trace, span_id, side, id, whole, place, messages) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (trace, span_id, side, id) DO NOTHING`,
    ),
    waiting: db.prepare<[number], { spanId: string; side: SaidRecord['side'] }>(
      'SELECT DISTINCT span_id AS spanId, side FROM said WHERE trace = ? AND state = 0',
    ),
    findSpan: db.prepare<[number, string], number>('SELECT key FROM spans WHERE trace = ? AND id = ?').pluck(),
    input: db.prepare<[number], number>('SELECT input IS NOT NULL FROM span_payloads WHERE key = ?').pluck(),
    output: db.prepare<[number], number>('SELECT output IS NOT NULL FROM span_payloads WHERE key = ?').pluck(),
    heard: db.prepare<[number, string, string], Heard>(
      'SELECT whole, state, messages FROM said WHERE trace = ? AND span_id = ? AND side = ? ORDER BY place, id',
    ),
    settle: db.prepare<[number, number, string, string]>(
      'UPDATE said SET state = ? WHERE trace = ? AND span_id = ? AND side = ?',
    ),
    setInput: db.prepare<[string, number]>('UPDATE span_payloads SET input = ? WHERE key = ?'),
    setOutput: db.prepare<[string, number]>('UPDATE span_payloads SET output = ? WHERE key = ?'),
  }
}
