import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { traceUuid } from '../../ingest/formats/otlp.ts'
import { TestApp } from '../testing/app.ts'
import { call, int, nano, place, spans, text } from './testing/records.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start({ config: (config) => (config.ingest.max_body_bytes = 2 * 1024 * 1024) })
})
afterAll(() => app.stop())

/** What follows the log comes when it can, on a busy machine too. */
const SOON = { timeout: 10_000 }
const send = (body: object) => app.call(`POST /v1/otlp/${'resourceLogs' in body ? 'logs' : 'traces'}`, { send: body })

const fixture = (name: string) =>
  JSON.parse(readFileSync(path.resolve(import.meta.dirname, `../../../fixtures/otlp/${name}.json`), 'utf8'))

describe('events of command-line agents', () => {
  it.each([
    ['claude-code-logs', 0.00207, 4],
    ['gemini-cli-logs', 0.00026704, 4],
  ])('become the same trace however they are split and repeated: %s', async (name, cost, count) => {
    const whole = fixture(name)
    const { scope, logRecords } = whole.resourceLogs[0].scopeLogs[0]
    const { resource } = whole.resourceLogs[0]
    // What Gemini CLI says of one call belongs together, and is written together.
    const size = name === 'gemini-cli-logs' ? logRecords.length : 1
    for (let from = logRecords.length - size; from >= 0; from -= size)
      await send({
        resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: logRecords.slice(from, from + size) }] }],
      })
    await send(whole)
    const session = resource.attributes
      .concat(logRecords[0].attributes)
      .find(({ key }: { key: string }) => key === 'session.id')
    const { body } = await app.call(`GET /v1/traces?session_id=${session.value.stringValue}`)
    expect(body.traces).toHaveLength(1)
    const trace = await app.trace(body.traces[0].id)
    expect(trace).toMatchObject({ input: 'weather in Paris?', span_count: count })
    expect(trace.cost).toBeCloseTo(cost, 9)
    expect(trace.output).toContain('It is sunny in Paris.')
    const root = trace.spans?.find(({ parent_span_id }) => parent_span_id === null)
    expect(trace.spans?.filter(({ parent_span_id }) => parent_span_id === root?.id)).toHaveLength(count - 1)
  })

  it.each([
    ['in order', 1],
    ['the last first', -1],
  ])('join what was asked and what was answered, also where they come apart: %s', async (order, direction) => {
    const { resource, scopeLogs } = fixture('gemini-cli-logs').resourceLogs[0]
    const [{ scope, logRecords }] = scopeLogs
    // Earlier versions do not repeat with the answer what was asked.
    const isDetail = ({ attributes }: { attributes: { value: { stringValue?: string } }[] }) =>
      attributes.some(({ value }) => value.stringValue === 'gen_ai.client.inference.operation.details')
    const records = logRecords.filter((record: Parameters<typeof isDetail>[0]) => !isDetail(record))
    const shown = async (parts: object[][]) => {
      const as = await app.addKey(await app.tenant(`gemini ${order} ${parts.length}`))
      for (const part of parts) {
        const send = { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: part }] }] }
        expect(await app.call('POST /v1/otlp/logs', { as, send })).toMatchObject({ status: 200 })
      }
      const { body } = await app.call('GET /v1/traces', { as })
      expect(body.traces).toHaveLength(1)
      const { spans, input } = await app.trace(body.traces[0].id, as)
      return [input, ...(spans ?? []).map(({ name, input, output, cost }) => ({ name, input, output, cost }))]
    }
    const apart = records.map((record: object) => [record])
    const whole = await shown([records])
    expect(JSON.stringify(whole[2])).toContain('session_context')
    expect(await shown([...(direction === 1 ? apart : apart.reverse()), ...apart])).toEqual(whole)
  })

  it.each([
    ['logs', 'spans'],
    ['spans', 'logs'],
    ['logs', 'spans', 'logs', 'spans'],
  ])('tell of calls that spans of other traces tell of too, and each call counts once: %s, %s', async (...order) => {
    const as = await app.addKey(await app.tenant(order.join()))
    const bodies = { logs: fixture('gemini-cli-logs'), spans: fixture('gemini-cli') }
    for (const one of order)
      expect(
        await app.call(`POST /v1/otlp/${one === 'logs' ? 'logs' : 'traces'}`, {
          as,
          send: bodies[one as 'logs' | 'spans'],
        }),
      ).toMatchObject({ status: 200 })
    const { traces } = (await app.call('GET /v1/traces', { as })).body
    const counted = traces
      .map(({ name, total_token_count, cost }: Record<string, unknown>) => [name, total_token_count, cost])
      .sort()
    expect(counted).toEqual([
      ['llm_call', null, null],
      ['llm_call', null, null],
      ['run_shell_command', null, null],
      ['user_prompt', 2440, expect.closeTo(0.00026704, 9)],
    ])
    // What its spans used is theirs nevertheless.
    const one = await app.trace(traces.find(({ name }: { name: string }) => name === 'llm_call').id, as)
    expect(one.spans).toMatchObject([{ prompt_tokens: 1200, completion_tokens: 12 }])
    const { body } = await app.call('GET /v1/sessions', { as })
    expect(body.sessions).toMatchObject([{ trace_count: 4, cost: expect.closeTo(0.00026704, 9) }])
    const range = 'from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z'
    await expect
      .poll(async () => {
        const { body } = await app.call(`GET /v1/metrics/timeseries?${range}`, { as })
        return JSON.stringify(body).includes('0.000267')
      }, SOON)
      .toBe(true)
  })

  const claude = (name: string, session: string, fields: Record<string, string | number>, at: object = {}) => ({
    ...at,
    timeUnixNano: nano(500),
    body: { stringValue: `claude_code.${name}` },
    attributes: [
      text('event.name', name),
      ...[text('session.id', session), text('prompt.id', `prompt of ${session}`)],
      ...Object.entries(fields).map(([key, value]) => (typeof value === 'number' ? int(key, value) : text(key, value))),
    ],
  })
  const fromClaude = (...logRecords: object[]) => ({
    resourceLogs: [{ scopeLogs: [{ scope: { name: 'com.anthropic.claude_code.events' }, logRecords }] }],
  })
  const traceOf = async (session: string) => {
    const { body } = await app.call(`GET /v1/traces?session_id=${session}`)
    return app.trace(body.traces[0].id)
  }

  it('are priced from their tokens where they state no cost, and fail where they failed', async () => {
    const counts = { input_tokens: 100, output_tokens: 20, cache_read_tokens: 1000, cache_creation_tokens: 30 }
    await send(
      fromClaude(
        claude('api_error', 's1', {
          model: 'claude-sonnet-4-5',
          error: 'Overloaded',
          status_code: 529,
          duration_ms: 40,
        }),
        claude('api_request', 's1', { model: 'claude-sonnet-4-5', request_id: 'r1', duration_ms: 200, ...counts }),
        claude('assistant_response', 's1', { request_id: 'r1', response: 'Done.' }),
        claude('tool_result', 's1', { tool_name: 'Bash', success: 'false', error: 'exit 1', duration_ms: '7' }),
      ),
    )
    const trace = await traceOf('s1')
    const byName = (name: string) => trace.spans?.filter((span) => span.name === name) ?? []
    expect(
      byName('claude_code.llm_request')
        .map(({ error }) => error)
        .sort(),
    ).toEqual(['Overloaded', null])
    const request = byName('claude_code.llm_request').find(({ error }) => error === null)
    expect(request).toMatchObject({
      ...{ type: 'llm', provider: 'anthropic', prompt_tokens: 1130, latency_ms: 200 },
      output: '[{"role":"assistant","content":"Done."}]',
    })
    expect(request?.cost).toBeCloseTo(0.0010125, 9)
    expect(byName('Bash')).toMatchObject([{ type: 'tool', error: 'exit 1', latency_ms: 7 }])
  })

  it('are events of their span where they were written inside one, and count nothing twice', async () => {
    const at = place()
    const request = { model: 'claude-sonnet-4-5', input_tokens: 100, output_tokens: 20, cost_usd_micros: 600 }
    const answer = await send(fromClaude(claude('api_request', 's2', request, at)))
    expect(answer.body).toEqual({})
    await send(spans(call(at)))
    expect(await app.trace(traceUuid(at.traceId))).toMatchObject({
      ...{ span_count: 1, total_token_count: 1100 },
      events: [{ message: 'api_request', metadata: { model: 'claude-sonnet-4-5', 'prompt.id': 'prompt of s2' } }],
    })
    const { body } = await app.call('GET /v1/traces?session_id=s2')
    expect(body.traces).toEqual([])
    // What it answered in the end is not in its traces.
    await send(fromClaude(claude('assistant_response', 's2', { response: 'Sunny.' }, at)))
    expect((await app.trace(traceUuid(at.traceId))).output).toBe('[{"role":"assistant","content":"Sunny."}]')
  })
})
