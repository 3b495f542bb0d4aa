import { newId } from '../../../ids.ts'

/** So many random bytes. */
export const hex = (bytes: number) =>
  newId()
    .replaceAll('-', '')
    .slice(-bytes * 2)
export const nano = (ms: number) => `${Date.parse('2026-03-01T12:00:00Z') + ms}000000`
export const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
export const int = (key: string, value: number) => ({ key, value: { intValue: String(value) } })
const anyValue = (value: unknown): object =>
  typeof value === 'string'
    ? { stringValue: value }
    : Array.isArray(value)
      ? { arrayValue: { values: value.map(anyValue) } }
      : { kvlistValue: { values: Object.entries(value as object).map(([key, of]) => ({ key, value: anyValue(of) })) } }

export interface Place {
  traceId: string
  spanId: string
}
export const event = (
  place: Place | object,
  eventName: string,
  ms: number,
  body: unknown,
  attributes: object[] = [],
) => ({
  ...place,
  eventName,
  timeUnixNano: nano(ms),
  body: anyValue(body),
  attributes: [text('gen_ai.system', 'openai'), ...attributes],
})
export const logs = (...logRecords: object[]) => ({
  resourceLogs: [{ scopeLogs: [{ scope: { name: 'test' }, logRecords }] }],
})
export const spans = (...list: object[]) => ({
  resourceSpans: [{ scopeSpans: [{ scope: { name: 'test' }, spans: list }] }],
})
export const call = (place: Place, fields: object = {}, attributes: object[] = []) => ({
  ...place,
  name: 'chat gpt-4o-mini',
  startTimeUnixNano: nano(0),
  endTimeUnixNano: nano(100),
  attributes: [
    ...[text('gen_ai.operation.name', 'chat'), text('gen_ai.request.model', 'gpt-4o-mini')],
    ...[int('gen_ai.usage.input_tokens', 1000), int('gen_ai.usage.output_tokens', 100), ...attributes],
  ],
  ...fields,
})

export const place = (): Place => ({ traceId: hex(16), spanId: hex(8) })
export const CONVERSATION = (at: Place) => [
  event(at, 'gen_ai.system.message', 1, { content: 'Be brief.' }),
  event(at, 'gen_ai.user.message', 2, { content: 'Hello' }),
  event(at, 'gen_ai.choice', 90, { index: '0', finish_reason: 'stop', message: { content: 'Hi' } }),
]
export const SAID = {
  input: JSON.stringify([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello' },
  ]),
  output: JSON.stringify([{ role: 'assistant', content: 'Hi', index: '0', finish_reason: 'stop' }]),
}
