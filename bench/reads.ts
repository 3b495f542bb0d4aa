import type { BareClient } from './bare-client.ts'
import { CUSTOMERS } from './bodies.ts'
import { NAMES } from './traces.ts'

/** One kind of read: the path of its i-th sample. */
export interface Read {
  name: string
  path(i: number): string
}

interface Page {
  traces: { latency_ms: number | null; total_token_count: number | null; started_at: string }[]
  next_cursor: string | null
}

/** Facts of the seeded store that the reads need for their parameters. */
export interface Facts {
  traces: number
  spreadMs: number
  seededAt: number
  small: string
  large: string
}

/** Every filter and sort of the list, the deep page, and one trace opened. */
export async function readsOf(
  reader: BareClient,
  { traces, spreadMs, seededAt, small, large }: Facts,
): Promise<Read[]> {
  const { projects } = await reader.json<{ projects: { id: string; is_default: boolean }[] }>('/v1/projects')
  const project = projects.find((one) => !one.is_default)?.id ?? ''
  const rareLatency = (await reader.json<Page>('/v1/traces?sort=-latency_ms&limit=200')).traces.at(-1)?.latency_ms
  const rareTokens = (await reader.json<Page>('/v1/traces?sort=-total_token_count&limit=200')).traces.at(-1)
  const cursor = await deepCursor(reader, Math.min(50_000, Math.floor(traces / 4)))
  const time = (share: number) => new Date(seededAt - spreadMs * (1 - share)).toISOString()
  const sessions = Math.floor(traces / 5)
  const number = (i: number, below: number) => String((i * 7919) % below).padStart(8, '0')
  const list = (name: string, query: (i: number) => string): Read => ({ name, path: (i) => `/v1/traces?${query(i)}` })
  return [
    list('newest page', () => ''),
    list('project_id', () => `project_id=${project}`),
    list('session_id', (i) => `session_id=sess_${number(i, sessions)}`),
    list('name', (i) => `name=${NAMES[i % NAMES.length]}`),
    list('model', () => 'model=gpt-4o'),
    list('error=true', () => 'error=true'),
    list('error=false', () => 'error=false'),
    list('failure_type', () => 'failure_type=timeout'),
    list('from, to: a day', (i) => `from=${time((i % 20) / 30)}&to=${time(((i % 20) + 1) / 30)}`),
    list('latency_min, rare', () => `latency_min=${rareLatency}`),
    list('latency_min, common', () => 'latency_min=500'),
    list('latency_max, common', () => 'latency_max=1500'),
    list('token_count_min, rare', () => `token_count_min=${rareTokens?.total_token_count}`),
    list('token_count_min, common', () => 'token_count_min=3000'),
    list('token_count_max', () => 'token_count_max=2000'),
    list('tag', () => 'tag_key=channel&tag_value=voice'),
    list('metadata, 3 values', () => 'metadata.tier=pro'),
    list(`metadata, ${CUSTOMERS} values`, (i) => `metadata.customer=cust_${number(i, CUSTOMERS)}`),
    list('model and tag', () => 'model=gpt-4o&tag_key=channel&tag_value=voice'),
    list('error and customer', (i) => `error=true&metadata.customer=cust_${number(i, CUSTOMERS)}`),
    list('project and latency_min', () => `project_id=${project}&latency_min=5000`),
    ...['started_at', 'latency_ms', '-latency_ms', 'cost', '-cost', 'total_token_count', '-total_token_count'].map(
      (sort) => list(`sort=${sort}`, () => `sort=${sort}`),
    ),
    list('model, sort=-cost', () => 'model=gpt-4o&sort=-cost'),
    list('after 50,000 traces', () => `cursor=${cursor}`),
    { name: 'trace of 10 spans', path: () => `/v1/traces/${small}` },
    { name: 'trace of 5,000 spans', path: () => `/v1/traces/${large}` },
  ]
}

async function deepCursor(reader: BareClient, depth: number): Promise<string> {
  let cursor: string | null = null
  for (let seen = 0; seen < depth; seen += 200) {
    const page: Page = await reader.json(`/v1/traces?limit=200${cursor === null ? '' : `&cursor=${cursor}`}`)
    if (page.next_cursor === null) break
    cursor = page.next_cursor
  }
  return cursor ?? ''
}
