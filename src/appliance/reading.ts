import { expect } from 'vitest'
import { call } from './client.ts'
import type { Appliance } from './process.ts'
import { spanHashes } from './traces.ts'

interface ReadSpan {
  id: string
  otel_span_id: string | null
  name: string
  input: string
  output: string
}

/** The spans of a trace as the API answers it, under the ids that the client gave them; none when there is no such trace. */
export async function readSpans(appliance: Appliance, id: string): Promise<Map<string, string>> {
  const { status, body } = await call(appliance, `GET /v1/traces/${id}`)
  if (status === 404) return new Map()
  expect(status, JSON.stringify(body)).toBe(200)
  const spans = body.spans as ReadSpan[]
  expect(body).toMatchObject({ id, span_count: spans.length })
  const hashes = spanHashes(spans.map(({ otel_span_id, ...span }) => ({ ...span, id: otel_span_id ?? span.id })))
  expect(hashes.size, `a span of ${id} is there twice`).toBe(spans.length)
  return hashes
}

/** All ids that the list has, page by page; a list that repeats itself fails. */
export async function listIds(appliance: Appliance): Promise<Set<string>> {
  const ids = new Set<string>()
  let cursor: unknown = null
  do {
    const at = cursor === null ? '' : `&cursor=${cursor}`
    const { status, body } = await call(appliance, `GET /v1/traces?limit=200${at}`)
    expect(status).toBe(200)
    for (const { id } of body.traces as { id: string }[]) {
      expect(ids.has(id), `${id} is listed twice`).toBe(false)
      ids.add(id)
    }
    cursor = body.next_cursor
  } while (cursor !== null)
  return ids
}
