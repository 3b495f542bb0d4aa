import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../ids.ts'
import { traceUuid } from '../../ingest/formats/otlp.ts'
import { aTrace, TestApp } from '../testing/app.ts'

/** What a person wrote is masked also where a sender put it into base64 or a data URL, as files of messages are. */
let app: TestApp
beforeAll(async () => {
  app = await TestApp.start({
    config: (config) => Object.assign(config.redaction, { detectors: ['email', 'card'], patterns: [] }),
  })
})
afterAll(() => app.stop())

const EMAIL = 'ann.secret@example.com'
const MASK = '[redacted:email]'
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
/** A file of text with the address somewhere in it. */
const FILE = `Name;Mail\nAnn;${EMAIL}\n${'A line of no interest at all.\n'.repeat(20)}`
const MASKED_FILE = FILE.replace(EMAIL, MASK)
const PNG = Buffer.concat([Buffer.from('iVBORw0KGgo=', 'base64'), randomBytes(4_000)])

/** Is the address in the data directory, at any of the three places that it may have in base64, or as it is? */
const isStored = () => {
  const forms = [EMAIL, ...[0, 1, 2].map((at) => base64(`${' '.repeat(at)}${EMAIL}`).slice(4, -4))]
  return readdirSync(app.dir)
    .filter((file) => file.startsWith('telemetry'))
    .map((file) => readFileSync(path.join(app.dir, file)))
    .some((bytes) => forms.some((form) => bytes.includes(form)))
}

async function store(content: unknown) {
  const trace = aTrace({ input: [{ role: 'user', content }] })
  expect((await app.call('POST /v1/ingest', { send: trace })).status).toBe(201)
  const { input } = await app.trace(trace.id)
  return JSON.parse(input ?? '')[0].content
}

async function attached(id: string): Promise<Buffer> {
  const answer = await fetch(`${app.url}/v1/attachments/${id}`, { headers: { Authorization: `Bearer ${app.key}` } })
  expect(answer.status).toBe(200)
  return Buffer.from(await answer.arrayBuffer())
}

describe('what stands beside an attachment', () => {
  it('is masked, and the picture is what it was', async () => {
    const [text, image] = await store([
      { type: 'text', text: `Who is ${EMAIL}?` },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${base64(PNG)}`, detail: 'low', note: EMAIL } },
    ])
    expect(text.text).toBe(`Who is ${MASK}?`)
    expect(image).toMatchObject({ type: 'attachment', media_type: 'image/png', note: MASK })
    expect((await attached(image.id)).equals(PNG)).toBe(true)
    expect(isStored()).toBe(false)
  })
})

describe('attachments of text', () => {
  const forms: [name: string, part: (data: string) => object][] = [
    ['a data URL', (data) => ({ type: 'file', file: { file_data: `data:text/csv;base64,${data}` } })],
    ['a data URL with a charset', (data) => ({ type: 'file', url: `data:text/plain;charset=utf-8;base64,${data}` })],
    ['base64 beside its media type', (data) => ({ type: 'file', data, media_type: 'text/plain' })],
    [
      'base64 of a source',
      (data) => ({ type: 'document', source: { type: 'base64', media_type: 'text/plain', data } }),
    ],
    ['a blob', (data) => ({ type: 'blob', mime_type: 'application/json', content: data })],
  ]
  it.each(forms)('are masked: %s', async (_, part) => {
    const [file] = await store([part(base64(FILE))])
    const id = /"id":"([0-9a-f]{64})"/.exec(JSON.stringify(file))?.[1] ?? ''
    expect((await attached(id)).toString()).toBe(MASKED_FILE)
    expect(isStored()).toBe(false)
  })

  const shown: [name: string, content: string, expected: string][] = [
    ['base64 that nobody says is a file', base64(`${FILE}!!`), base64(`${MASKED_FILE}!!`)],
    ['base64 in lines', base64(FILE).replace(/.{76}/g, '$&\n'), base64(MASKED_FILE)],
    ['short base64', `Basic ${base64(`ann:${EMAIL}`)} and more`, `Basic ${base64(`ann:${MASK}`)} and more`],
    [
      'base64 in base64',
      base64(`see ${base64(`it is ${EMAIL}`)} there`),
      base64(`see ${base64(`it is ${MASK}`)} there`),
    ],
    [
      'a data URL with percents',
      `data:text/plain,Mail%20${encodeURIComponent(EMAIL)}`,
      `data:text/plain,${encodeURIComponent(`Mail ${MASK}`)}`,
    ],
  ]
  it.each(shown)('are masked: %s', async (_, content, expected) => {
    expect(await store(content)).toBe(expected)
    expect(isStored()).toBe(false)
  })

  it('are masked whole, however long they are', async () => {
    const long = `${'A line of no interest at all.\n'.repeat(20_000)}${EMAIL} 4111 1111 1111 1111\n`
    const [file] = await store([{ type: 'file', data: base64(long), media_type: 'text/plain' }])
    expect((await attached(file.id)).toString()).toBe(
      long.replace(EMAIL, MASK).replace('4111 1111 1111 1111', '[redacted:card]'),
    )
    expect(isStored()).toBe(false)
  })

  it('are left as they are where there is nothing to mask', async () => {
    const plain = 'Nothing of interest: 1, 2, 3.\n'.repeat(9)
    const [file] = await store([{ type: 'file', data: base64(plain), media_type: 'text/plain' }])
    expect((await attached(file.id)).toString()).toBe(plain)
  })
})

describe('what is kept of OTLP', () => {
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
  const exported = async () => {
    const { body } = await app.call('GET /v1/otlp/export?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z')
    return body
  }

  it('is masked in attributes of every kind, of spans and what hangs on them', async () => {
    const traceId = newId().replaceAll('-', '')
    const secrets = [
      text('plain', EMAIL),
      text('file', `data:text/plain;base64,${base64(FILE)}`),
      text('messages', JSON.stringify([{ data: base64(FILE), media_type: 'text/plain' }])),
      { key: 'bytes', value: { bytesValue: base64(EMAIL) } },
      { key: 'list', value: { arrayValue: { values: [{ kvlistValue: { values: [text('deep', base64(FILE))] } }] } } },
      text('picture', `data:image/png;base64,${base64(PNG)}`),
    ]
    const span = {
      ...{ traceId, spanId: 'b'.repeat(16), name: 'call' },
      ...{ startTimeUnixNano: '1772366400000000000', endTimeUnixNano: '1772366400100000000' },
      attributes: secrets,
      events: [{ name: 'note', attributes: secrets }],
      links: [{ traceId, spanId: 'c'.repeat(16), attributes: secrets }],
    }
    const send = {
      resourceSpans: [
        {
          resource: { attributes: secrets },
          scopeSpans: [{ scope: { name: 'lib', attributes: secrets }, spans: [span] }],
        },
      ],
    }
    expect((await app.call('POST /v1/otlp/traces', { send })).status).toBe(200)
    const trace = JSON.stringify(await app.trace(traceUuid(traceId)))
    const out = JSON.stringify(await exported())
    for (const shown of [trace, out]) {
      expect(shown).not.toContain(EMAIL)
      expect(shown).toContain(MASK)
    }
    expect(out).toContain(base64(MASKED_FILE))
    expect(out).toContain(base64(MASK))
    expect(out).toContain(base64(PNG))
    expect(isStored()).toBe(false)
  })

  it('is masked in what log records say', async () => {
    const traceId = newId().replaceAll('-', '')
    const at = { traceId, spanId: 'd'.repeat(16), timeUnixNano: '1772366400000000000' }
    const said = { kvlistValue: { values: [text('content', `${EMAIL} data:text/plain;base64,${base64(FILE)}`)] } }
    const logRecords = [
      { ...at, eventName: 'gen_ai.user.message', body: said },
      { ...at, eventName: 'gen_ai.evaluation.result', attributes: [text('gen_ai.evaluation.explanation', EMAIL)] },
      { ...at, spanId: 'abc', eventName: 'gen_ai.user.message', body: said },
    ]
    await app.call('POST /v1/otlp/logs', { send: { resourceLogs: [{ scopeLogs: [{ logRecords }] }] } })
    await app.call('POST /v1/otlp/traces', {
      send: { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, spanId: 'd'.repeat(16), name: 'call' }] }] }] },
    })
    const trace = await app.trace(traceUuid(traceId))
    expect(trace.spans?.[0]?.input).toContain(MASK)
    expect(JSON.stringify(trace.events)).toContain(MASK)
    const { letters } = await app.telemetry.ask('deadLetterPage', { tenantId: app.tenantId, limit: 1 })
    expect(letters).toMatchObject([{ code: 'invalid_span_id' }])
    expect(isStored()).toBe(false)
  })
})
