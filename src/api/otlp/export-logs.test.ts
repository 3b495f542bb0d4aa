import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { traceUuid } from '../../ingest/formats/otlp.ts'
import { TestApp } from '../testing/app.ts'
import { Exports, hex, spansOf } from './testing/exports.ts'

let app: TestApp
let emptyTenant: Exports['emptyTenant']
let pages: Exports['pages']
let post: Exports['post']
let roundTrip: Exports['roundTrip']
beforeAll(async () => {
  app = await TestApp.start()
  ;({ emptyTenant, pages, post, roundTrip } = new Exports(app))
})
afterAll(() => app.stop())

describe('what came as log records', () => {
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
  const at = { traceId: hex(11, 32), spanId: hex(11, 16) }
  const record = (eventName: string, nanos: number, body: object | null, attributes: object[]) => ({
    ...{ ...at, eventName, timeUnixNano: `17723664000000000${nanos}`, attributes },
    ...(body === null ? {} : { body }),
  })
  const said = (content: string) => ({ kvlistValue: { values: [text('content', content)] } })
  const call = {
    ...{
      ...at,
      name: 'chat gpt-4o',
      kind: 3,
      startTimeUnixNano: '1772366400000000000',
      endTimeUnixNano: '1772366401000000000',
    },
    attributes: [text('gen_ai.request.model', 'gpt-4o')],
    flags: 1,
  }
  const send = async (as: string, logRecords: object[], spans: object[] = []) => {
    const of = { scope: { name: 'lib' } }
    if (spans.length > 0) await post(as, { resourceSpans: [{ scopeSpans: [{ ...of, spans }] }] })
    const logs = { resourceLogs: [{ scopeLogs: [{ ...of, logRecords }] }] }
    expect(await app.call('POST /v1/otlp/logs', { as, send: logs })).toMatchObject({ status: 200, body: {} })
  }

  it('is in the span: messages are its attributes, and all else its events, to the nanosecond', async () => {
    const as = await emptyTenant()
    const other = { key: 'score', value: { doubleValue: 0.5 } }
    await send(
      as,
      [
        record('gen_ai.choice', 13, { kvlistValue: { values: [{ key: 'message', value: said('Hi') }] } }, []),
        record('gen_ai.user.message', 12, said('Hello'), [text('gen_ai.system', 'openai')]),
        record('gen_ai.evaluation.result', 15, null, [text('gen_ai.evaluation.name', 'tone'), other]),
      ],
      [{ ...call, events: [{ timeUnixNano: '1772366400000000001', name: 'token' }] }],
    )
    const { first, second } = await roundTrip(as)
    expect(spansOf(first)).toEqual([
      {
        ...call,
        attributes: [
          ...call.attributes,
          text('gen_ai.input.messages', '[{"role":"user","parts":[{"type":"text","content":"Hello"}]}]'),
          text(
            'gen_ai.output.messages',
            '[{"role":"assistant","parts":[{"type":"text","content":"Hi"}],"finish_reason":"stop"}]',
          ),
        ],
        events: [
          { timeUnixNano: '1772366400000000001', name: 'token' },
          {
            ...{ timeUnixNano: '1772366400000000015', name: 'gen_ai.evaluation.result' },
            attributes: [text('gen_ai.evaluation.name', 'tone'), other],
          },
        ],
      },
    ])
    expect(JSON.stringify(second)).toBe(JSON.stringify(first))
  })

  const token = { timeUnixNano: '1772366400000000001', name: 'token' }
  it.each([
    ['here', 'its span', [{ ...call, events: [token] }]],
    ['here', 'no span', []],
    ['elsewhere, where the log records come later', 'its span', [{ ...call, events: [token] }]],
    ['elsewhere, where the log records come later', 'no span', []],
    ['elsewhere, where the log records came before', 'its span', [{ ...call, events: [token] }]],
    ['elsewhere, where the log records came before', 'no span', []],
  ])('shows once where what was sent out is sent in %s, with %s', async (where, _, spans) => {
    const [as, other] = [await emptyTenant(), await emptyTenant()]
    const score = { key: 'gen_ai.evaluation.score.value', value: { doubleValue: 0.5 } }
    const records = [
      record('gen_ai.user.message', 12, said('Hello'), []),
      record('gen_ai.evaluation.result', 15, null, [text('gen_ai.evaluation.name', 'tone'), score]),
      record('gen_ai.evaluation.result', 15, null, [text('gen_ai.evaluation.name', 'length'), score]),
    ]
    await send(as, records, spans)
    const id = traceUuid(at.traceId)
    const [sentOut, before] = [await pages(as), await app.trace(id, as)]
    const to = where === 'here' ? as : other
    if (where.endsWith('before')) await send(to, records)
    for (const page of sentOut) await post(to, page)
    if (where.endsWith('later')) await send(to, records)
    const after = await app.trace(id, to)
    const said_ = ({ events, spans, input }: typeof after) => ({
      input,
      events: events?.map(({ message, metadata }) => JSON.stringify([message, metadata])).sort(),
      spans: spans?.map(({ name, input }) => ({ name, input })),
    })
    expect(after.events).toHaveLength(2 + (spans[0]?.events.length ?? 0))
    expect(said_(after)).toEqual(said_(before))
    expect(await pages(to)).toEqual(sentOut)
  })

  it('is a span where none came', async () => {
    const as = await emptyTenant()
    const attributes = [text('gen_ai.operation.name', 'chat'), text('gen_ai.request.model', 'gpt-4o')]
    await send(as, [record('gen_ai.client.inference.operation.details', 15, null, attributes)])
    const { first, second } = await roundTrip(as)
    expect(spansOf(first)).toMatchObject([{ ...at, name: 'chat gpt-4o', kind: 3, attributes }])
    expect(JSON.stringify(second)).toBe(JSON.stringify(first))
  })

  it.each(['claude-code-logs', 'gemini-cli-logs'])('reads elsewhere as it did: %s', async (name) => {
    const [as, other] = [await emptyTenant(), await emptyTenant()]
    const fixture = path.resolve(import.meta.dirname, `../../../fixtures/otlp/${name}.json`)
    await app.call('POST /v1/otlp/logs', { as, send: JSON.parse(readFileSync(fixture, 'utf8')) })
    for (const page of await pages(as)) await post(other, page)
    const shown = async (key: string) => {
      const { body } = await app.call('GET /v1/traces', { as: key })
      const { spans = [], ...trace } = await app.trace(body.traces[0].id, key)
      // The conventions ask for a reason why the model ended, where nobody gave one.
      const output = (of: { output?: string | null | undefined }) =>
        of.output?.replaceAll(/,"finish_reason":"\w+"/g, '')
      const { name, input, cost, total_token_count, session_id, started_at, latency_ms } = trace
      return {
        ...{ name, input, cost, total_token_count, session_id, started_at, latency_ms, output: output(trace) },
        spans: spans?.map(({ metadata: _, tenant_id: __, ...span }) => ({ ...span, output: output(span) })),
      }
    }
    expect(await shown(other)).toEqual(await shown(as))
  })
})
