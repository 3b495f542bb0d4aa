import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { Dashboard, INSTALL_MS, WIDE } from './dashboard.ts'
import { someTraces } from './traces.ts'
import type { Watch } from './watch.ts'

/** The dashboard of a file of tests, from the first of them on. */
export let ui: Dashboard
export let page: Page
export let watch: Watch

/** Starts the dashboard for a file of tests and fills it; each begins in a wide window and ends without a word on the console. */
export function serve(fill: () => Promise<void>): void {
  beforeAll(async () => {
    ui = await Dashboard.start()
    ;({ page, watch } = ui)
    await fill()
  }, INSTALL_MS)
  afterAll(() => ui?.stop())
  beforeEach(() => page.setViewportSize(WIDE))
  afterEach(() => watch.expectQuiet())
}

/** Traces, feedback and a dead letter: something for every page. */
export async function sendAll(): Promise<void> {
  await ui.send(someTraces(40))
  await ui.post('/v1/feedback', { trace_id: 'trace-3', label: 'bad', comment: 'It cited the wrong policy' })
  await ui.post('/v1/ingest/batch', { traces: [{ name: 'broken', latency_ms: 'fast' }] })
}

/** The id of the newest trace like this. */
export async function idOf(filter: string): Promise<string> {
  const { traces } = await ui.get<{ traces: { id: string }[] }>(`/v1/traces?${filter}&limit=1`)
  return traces[0]?.id ?? ''
}
