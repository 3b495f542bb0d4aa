import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from '../../testing.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeEach(async () => {
  app = await TestApp.start()
})
afterEach(() => app.stop())

interface Heard {
  id: string
  data: { trace_id: string; name: string; status: string; latency_ms: number }
}

/** Listens as a client would; `heard` grows as events come. */
async function listen({
  as = app.key,
  lastEventId,
  query = '',
}: {
  as?: string
  lastEventId?: string
  query?: string
} = {}) {
  const stop = new AbortController()
  const headers: Record<string, string> = { Authorization: `Bearer ${as}` }
  if (lastEventId !== undefined) headers['Last-Event-ID'] = lastEventId
  const response = await fetch(`${app.url}/v1/traces/live${query}`, { headers, signal: stop.signal })
  const feed = { response, heard: [] as Heard[], beats: 0, ended: false, stop: () => stop.abort() }
  void read(response, feed)
  await eventually(() => expect(feed.beats).toBe(1))
  return feed
}

async function read(response: Response, feed: { heard: Heard[]; beats: number; ended: boolean }): Promise<void> {
  let text = ''
  try {
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString()
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(block) ?? []
        if (id && data) feed.heard.push({ id, data: JSON.parse(data) })
        else feed.beats += 1
      }
    }
  } catch {
    // Aborted by the test.
  }
  feed.ended = true
}

const send = async (fields: object = {}) => {
  const trace = aTrace(fields)
  await app.call('POST /v1/ingest', { send: trace })
  return trace.id
}
const names = (feed: { heard: Heard[] }) => feed.heard.map(({ data }) => data.name)

it('tells of each new trace of the tenant, once', async () => {
  const feed = await listen()
  expect(feed.response.headers.get('content-type')).toMatch('text/event-stream')
  const otherKey = await app.addKey(await app.tenant('Other'))
  await app.call('POST /v1/ingest', { as: otherKey, send: aTrace({ name: 'theirs' }) })
  const id = await send({ name: 'one', error: 'boom' })
  await send({ name: 'two' })
  await eventually(() => expect(names(feed)).toEqual(['one', 'two']))
  expect(feed.heard[0]?.data).toMatchObject({ trace_id: id, status: 'error', latency_ms: 1500 })
  feed.stop()
})

it('resumes after the last event a client has seen', async () => {
  const first = await listen()
  await send({ name: 'seen' })
  await eventually(() => expect(names(first)).toEqual(['seen']))
  first.stop()
  for (const name of ['missed 1', 'missed 2']) await send({ name })
  const again = await listen({ lastEventId: first.heard[0]?.id ?? '' })
  await send({ name: 'live' })
  await eventually(() => expect(names(again)).toEqual(['missed 1', 'missed 2', 'live']))
  again.stop()
})

it('resumes beside others who listen, and hears nothing of theirs', async () => {
  const otherKey = await app.addKey(await app.tenant('Other'))
  const [first, theirs] = [await listen(), await listen({ as: otherKey })]
  await send({ name: 'seen' })
  await eventually(() => expect(names(first)).toEqual(['seen']))
  first.stop()
  await send({ name: 'missed' })
  await app.call('POST /v1/ingest', { as: otherKey, send: aTrace({ name: 'theirs' }) })
  await eventually(() => expect(names(theirs)).toEqual(['theirs']))
  const again = await listen({ lastEventId: first.heard[0]?.id ?? '' })
  await send({ name: 'live' })
  await eventually(() => expect(names(again)).toEqual(['missed', 'live']))
  expect(names(theirs)).toEqual(['theirs'])
  for (const feed of [again, theirs]) feed.stop()
})

it('begins with now when nothing is to be resumed', async () => {
  await send({ name: 'before' })
  const feed = await listen({ lastEventId: 'nonsense' })
  await send({ name: 'after' })
  await eventually(() => expect(names(feed)).toEqual(['after']))
  feed.stop()
})

it('can be narrowed to a project', async () => {
  const project = await app.addProject(app.tenantId, 'Mine')
  const feed = await listen({ query: `?project_id=${project.id}` })
  await send({ name: 'elsewhere' })
  await send({ name: 'here', project_id: 'Mine' })
  await eventually(() => expect(names(feed)).toEqual(['here']))
  feed.stop()
})

it('shows that it is alive every 15 seconds', async () => {
  const feed = await listen()
  app.clock.advance(15_000)
  await eventually(() => expect(feed.beats).toBe(2))
  feed.stop()
})

it('ends when the appliance stops', async () => {
  const feed = await listen()
  await app.restart()
  await eventually(() => expect(feed.ended).toBe(true))
})

it('takes a key that may only read, and nobody without one', async () => {
  const feed = await listen({ as: await app.addKey(app.tenantId, { scopes: ['query'] }) })
  feed.stop()
  expect((await app.call('GET /v1/traces/live', { as: '' })).status).toBe(401)
})
