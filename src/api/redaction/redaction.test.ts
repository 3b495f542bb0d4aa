import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { traceUuid } from '../../ingest/formats/otlp.ts'
import type { RedactionRules } from '../../ingest/redact/rules.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
let forAll: RedactionRules
beforeEach(async () => {
  forAll = { detectors: [], patterns: [] }
  app = await TestApp.start({ config: (config) => Object.assign(config.redaction, forAll) })
})
afterEach(() => app.stop())

const EMAIL = 'ann.secret@example.com'
const CARD = '4111 1111 1111 1111'

async function mask(rules: Partial<RedactionRules>) {
  forAll = { detectors: [], patterns: [], ...rules }
  await app.restart()
}
/** Is the text in any file of the data directory? */
const isStored = (text: string) =>
  readdirSync(app.dir)
    .filter((file) => file.startsWith('telemetry'))
    .some((file) => readFileSync(path.join(app.dir, file)).includes(text))

const patch = async (send: object) => {
  const { body } = await app.call('GET /v1/projects')
  const { id } = body.projects.find(({ is_default }: { is_default: boolean }) => is_default)
  return app.call(`PATCH /v1/projects/${id}`, { send })
}

/** A trace with the text in every place that is the client's to fill. */
const full = (text: string) =>
  aTrace({
    ...{ name: `n ${text}`, input: text, output: { answer: text }, error: `failed for ${text}`, tags: { who: text } },
    metadata: { list: [{ deep: text }], n: 5 },
    spans: [
      {
        name: `s ${text}`,
        type: 'llm',
        model: 'gpt-4o-mini',
        input: text,
        output: text,
        error: text,
        metadata: { a: text },
      },
    ],
    events: [{ message: text, metadata: { b: text } }],
  })

const otlp = (text: string) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'owner', value: { stringValue: text } }] },
      scopeSpans: [
        {
          scope: { name: 'lib' },
          spans: [
            {
              ...{ traceId: '4111'.repeat(8), spanId: '4111111111111111', name: `call ${text}` },
              ...{ startTimeUnixNano: '1772366400000000000', endTimeUnixNano: '1772366400100000000' },
              attributes: [
                { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
                {
                  key: 'gen_ai.input.messages',
                  value: { stringValue: JSON.stringify([{ role: 'user', content: text }]) },
                },
                { key: 'list', value: { arrayValue: { values: [{ stringValue: text }, { intValue: '7' }] } } },
              ],
              events: [{ name: 'note', attributes: [{ key: 'x', value: { stringValue: text } }] }],
              status: { code: 2, message: text },
            },
          ],
        },
      ],
    },
  ],
})

describe('without rules', () => {
  it('everything is stored as it came', async () => {
    const trace = full(EMAIL)
    await app.call('POST /v1/ingest', { send: trace })
    expect(await app.trace(trace.id)).toMatchObject({ input: EMAIL, metadata: { list: [{ deep: EMAIL }], n: 5 } })
  })
})

describe('rules of the configuration', () => {
  beforeEach(() => mask({ detectors: ['email', 'card'], patterns: [{ name: 'ticket', pattern: 'TICKET-\\d+' }] }))

  it('mask a trace wherever the client may write, before it reaches the disk', async () => {
    const trace = full(`${EMAIL} TICKET-77123`)
    expect((await app.call('POST /v1/ingest', { send: trace })).status).toBe(201)
    const mask = '[redacted:email] [redacted:ticket]'
    expect(await app.trace(trace.id)).toMatchObject({
      ...{ name: `n ${mask}`, input: mask, output: `{"answer":"${mask}"}`, error: `failed for ${mask}` },
      ...{ tag_map: { who: mask }, metadata: { list: [{ deep: mask }], n: 5 } },
      spans: [
        { name: `s ${mask}`, input: mask, output: mask, error: mask, metadata: { a: mask }, model: 'gpt-4o-mini' },
      ],
      events: [{ message: mask, metadata: { b: mask } }],
    })
    expect([isStored(EMAIL), isStored('TICKET-77123')]).toEqual([false, false])
  })

  it('mask OTLP too, also what is kept to be sent out again, and leave its ids alone', async () => {
    await app.call('POST /v1/otlp/traces', { send: otlp(`${EMAIL} ${CARD}`) })
    const mask = '[redacted:email] [redacted:card]'
    const id = traceUuid('4111'.repeat(8))
    const [span] = (await app.trace(id)).spans ?? []
    expect(span).toMatchObject({ otel_span_id: '4111111111111111', name: `call ${mask}`, error: mask })
    expect(span?.input).toContain(mask)
    expect([isStored(EMAIL), isStored(CARD)]).toEqual([false, false])
    const { body } = await app.call('GET /v1/otlp/export?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z')
    const [exported] = body.resourceSpans[0].scopeSpans[0].spans
    expect(exported).toMatchObject({ traceId: '4111'.repeat(8), spanId: '4111111111111111', status: { message: mask } })
    expect(JSON.stringify(body)).not.toContain(EMAIL)
  })

  it('mask dead letters, which can be replayed for all that', async () => {
    const trace = { ...full(EMAIL), latency_ms: 'slow' }
    await app.call('POST /v1/ingest', { send: trace })
    await app.call('POST /v1/otlp/traces', {
      send: {
        resourceSpans: otlp(EMAIL).resourceSpans.map((group) => ({
          ...group,
          scopeSpans: group.scopeSpans.map((scope) => ({
            ...scope,
            spans: scope.spans.map((span) => ({ ...span, spanId: '' })),
          })),
        })),
      },
    })
    const { letters } = await app.telemetry.ask('deadLetterPage', { tenantId: app.tenantId, limit: 9 })
    expect(letters.map(({ source }) => source).sort()).toEqual(['ingest', 'otlp'])
    for (const { id, subject_id, source } of letters) {
      const whole = await app.telemetry.ask('deadLetter', { tenantId: app.tenantId, id })
      const text = Buffer.from(whole ?? []).toString()
      expect(text).toContain('[redacted:email]')
      if (source === 'ingest') expect(JSON.parse(text).payload.id).toBe(subject_id)
    }
    expect(isStored(EMAIL)).toBe(false)
  })

  it('mask what is long too', async () => {
    const trace = aTrace({ input: `${'word '.repeat(30_000)}${EMAIL} ${'x'.repeat(50_000)} ${CARD}` })
    await app.call('POST /v1/ingest', { send: trace })
    const { input } = await app.trace(trace.id)
    expect(input).toBe(`${'word '.repeat(30_000)}[redacted:email] ${'x'.repeat(50_000)} [redacted:card]`)
  })

  it('mask what is long and has no spaces, wherever it is cut', async () => {
    const people = Array.from({ length: 4_000 }, (_, i) => ({ id: `p${i}`, mail: EMAIL }))
    const trace = aTrace({ input: JSON.stringify(people) })
    await app.call('POST /v1/ingest', { send: trace })
    const { input } = await app.trace(trace.id)
    expect(JSON.parse(input ?? '')).toEqual(people.map((one) => ({ ...one, mail: '[redacted:email]' })))
  })

  it('keep the session and the user by which traces are found', async () => {
    const trace = aTrace({ session_id: EMAIL, user_id: EMAIL })
    await app.call('POST /v1/ingest', { send: trace })
    expect(await app.trace(trace.id)).toMatchObject({ session_id: EMAIL, user_id: EMAIL })
  })
})

describe('rules of a project', () => {
  it('hold from the next request on, in that project alone, besides those for all', async () => {
    await mask({ detectors: ['card'] })
    const rules = { detectors: ['email'], patterns: [{ name: 'order', pattern: 'ORD[0-9]{6}' }] }
    expect((await patch({ redaction: rules })).body.redaction).toEqual(rules)
    const store = async (fields: object) => {
      const trace = aTrace({ input: `${EMAIL} ${CARD} ORD123456`, ...fields })
      await app.call('POST /v1/ingest', { send: trace })
      return (await app.trace(trace.id)).input
    }
    expect(await store({})).toBe('[redacted:email] [redacted:card] [redacted:order]')
    expect(await store({ project_id: 'Another' })).toBe(`${EMAIL} [redacted:card] ORD123456`)
    expect((await patch({ redaction: null })).body.redaction).toBeNull()
    expect(await store({})).toBe(`${EMAIL} [redacted:card] ORD123456`)
  })

  it.each([
    [{ detectors: ['everything'] }, /detectors/],
    [{ patterns: [{ name: 'x', pattern: '(' }] }, /patterns\[0\]\.pattern: cannot be used/],
    [{ patterns: [{ name: 'Not a name', pattern: 'a' }] }, /patterns\[0\]\.name/],
  ])('are refused where they cannot be used: %j', async (redaction, says) => {
    const answer = await patch({ redaction })
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatch(says)
  })
})

describe('trying rules out', () => {
  const test = (send: object, as?: string) => app.call('POST /v1/redaction/test', { send, as })

  it('shows what would be masked, and stores nothing', async () => {
    const text = `mail ${EMAIL} about ${CARD}`
    expect((await test({ text, rules: { detectors: ['email'] } })).body).toEqual({
      redacted: `mail [redacted:email] about ${CARD}`,
      matches: [{ rule: 'email', text: EMAIL }],
    })
    await patch({ redaction: { detectors: ['card'] } })
    const { body } = await app.call('GET /v1/projects')
    expect((await test({ text, project_id: body.projects[0].id })).body.matches).toEqual([{ rule: 'card', text: CARD }])
    expect((await test({ text })).body).toEqual({ redacted: text, matches: [] })
  })

  it('knows the projects of the tenant only', async () => {
    const { body } = await app.call('GET /v1/projects')
    const stranger = await app.addKey(await app.tenant('Other'))
    expect((await test({ text: 'x', project_id: body.projects[0].id }, stranger)).status).toBe(404)
    expect((await test({ text: 'x' }, await app.person(app.tenantId, 'v@example.com', 'viewer'))).status).toBe(403)
  })
})
