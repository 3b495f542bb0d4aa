import { API_KEY } from './appliance.ts'
import { LOAD, type LoadReport, startLoad } from './load-options.ts'
import { prose, randomFrom } from './text.ts'

const DAY_MS = 24 * 60 * 60 * 1000
export const SPREAD_MS = 30 * DAY_MS

/** Fills the store through the front door: small traces over the last thirty days. */
export function seed(url: string, traces: number): Promise<LoadReport> {
  return startLoad({ ...LOAD, url, apiKey: API_KEY, size: 'small', traces, spreadMs: SPREAD_MS }).done
}

/** Sends one trace of `spans` spans with about 1.6 KB of text each; answers its id. */
export async function sendTrace(url: string, spans: number): Promise<string> {
  const random = randomFrom(spans)
  const start = Date.now() - 10 * DAY_MS
  const time = (i: number) => new Date(start + i * 20).toISOString()
  const body = {
    name: `of ${spans} spans`,
    started_at: time(0),
    spans: Array.from({ length: spans }, (_, i) => ({
      id: `span-${i}`,
      ...(i === 0 ? {} : { parent_span_id: `span-${Math.floor((i - 1) / 4)}` }),
      name: `step ${i}`,
      type: i % 3 === 0 ? 'llm' : 'tool',
      ...(i % 3 === 0 ? { model: 'gpt-4o', prompt_tokens: 300, completion_tokens: 80 } : {}),
      input: prose(random, 900),
      output: prose(random, 700),
      start_time: time(i),
      end_time: time(i + 1),
    })),
  }
  const response = await fetch(`${url}/v1/ingest`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (response.status !== 201) throw new Error(`the trace of ${spans} spans was answered ${response.status}`)
  return ((await response.json()) as { id: string }).id
}
