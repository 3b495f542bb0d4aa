import { describe, expect, it } from 'vitest'
import { idOf, page, serve, ui, watch } from './served.ts'
import { settled } from './settled.ts'
import { someTraces } from './traces.ts'
import { PATIENCE_MS } from './watch.ts'

/** What a trace, a chart and the frame can do beyond being there. */

const LINES = 60
const LONG = Array.from({ length: LINES }, (_, i) => `line ${i + 1}`).join('\n')
/** One pixel. */
const PICTURE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

serve(async () => {
  await ui.send(someTraces(24))
  await ui.send([
    {
      name: 'rich',
      metadata: { tenant: { plan: 'pro' } },
      spans: [
        {
          name: 'see',
          type: 'llm',
          input: [
            {
              role: 'user',
              content: [
                { type: 'text', text: LONG },
                { type: 'image_url', image_url: { url: PICTURE } },
              ],
            },
          ],
          output: [{ role: 'assistant', content: 'Some code:\n\n```ts\nconst answer = 42\n```\n\n<b>not bold</b>' }],
        },
      ],
    },
  ])
  const time = (ms: number) => new Date(Date.now() - 60_000 + ms).toISOString()
  const step = (name: string, from: number, to: number) => ({
    ...{ id: name, name, type: 'tool', start_time: time(from), end_time: time(to) },
    ...(name === 'both' ? {} : { parent_span_id: 'both' }),
  })
  await ui.send([
    {
      ...{ name: 'parallel', session_id: 'walk', user_id: 'grace', environment: 'staging', tags: ['beta'] },
      ...{ started_at: time(0), ended_at: time(1_000) },
      spans: [step('both', 0, 1_000), step('the longer', 10, 980), step('the shorter', 10, 200)],
    },
  ])
  await ui.post('/v1/ingest/batch', { traces: [{ name: 'broken', latency_ms: 'fast' }] })
})

async function openTrace(filter: string): Promise<string> {
  const id = await idOf(filter)
  await ui.open(`/traces/${id}`)
  await page.locator('.span-row').first().waitFor()
  await settled(page)
  return id
}

const ticks = () => page.locator('.ruler .tick').allTextContents()

describe('the waterfall', () => {
  it('lights the critical path, folds, zooms at the pointer and fits again', async () => {
    await openTrace('name=parallel')
    const rows = page.locator('.span-row')
    expect(await rows.count()).toBe(3)
    await page.keyboard.press('c')
    await page.locator('.span-row[data-dim="true"]', { hasText: 'the shorter' }).waitFor()
    expect(await page.locator('.span-row[data-dim="true"]').count()).toBe(1)
    expect(ui.search().get('path')).toBe('lit')
    await page.keyboard.press('c')
    await page.locator('.span-row[data-dim="true"]').first().waitFor({ state: 'detached' })
    await page.locator('.span-row', { hasText: 'both' }).click()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => rows.count()).toBe(1)
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => rows.count()).toBe(3)
    const whole = await ticks()
    const lane = await page.locator('.ruler-lane').boundingBox()
    if (!lane) throw new Error('there is no time axis')
    await page.mouse.move(lane.x + lane.width / 2, lane.y + 40)
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -600)
    await page.keyboard.up('Control')
    await expect.poll(ticks).not.toEqual(whole)
    await page.keyboard.press('0')
    await expect.poll(ticks).toEqual(whole)
  })
})

describe('a span', () => {
  it('folds a long text, shows pictures, and never takes a text for markup', async () => {
    await openTrace('name=rich')
    const body = page.locator('.span-body')
    await body.getByRole('button', { name: `Show all ${LINES} lines` }).click()
    await body.getByText(`line ${LINES}`).waitFor()
    await body.getByRole('button', { name: 'Show less' }).click()
    await body.getByText(`line ${LINES}`).waitFor({ state: 'detached' })
    const picture = body.locator('img.said-image')
    await picture.waitFor()
    expect(await picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(1)
    await body.getByText('<b>not bold</b>').waitFor()
    await body.locator('pre', { hasText: 'const answer = 42' }).waitFor()
    await watch.expectAccessible()
  })

  it('says when each side was said, and what each sort of token cost', async () => {
    await openTrace('error=false&name=support-agent')
    await page.locator('.span-row', { hasText: 'chat' }).click()
    await ui.shows('.span-section header', /Input.*\+620 ms/)
    await ui.shows('.span-section header', /Output.*\+[\d.]+ s/)
    await ui.shows('.span-section tr', /Input\s*9\d\d\s*[\d.]+\s*\$0\.\d+/)
    await ui.shows('.span-section tr', /Output\s*120\s*[\d.]+\s*\$0\.\d+/)
  })

  it('is copied: a path of its JSON, and a link to it', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: ui.appliance.origin })
    const id = await openTrace('name=rich')
    const copied = () => page.evaluate(() => navigator.clipboard.readText())
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    await page.getByLabel('Search in the trace').fill('plan')
    await page.locator('.json-line[data-hit="current"] .json-name', { hasText: 'plan' }).click()
    await expect.poll(copied).toBe('$.metadata.tenant.plan')
    await page.getByRole('button', { name: 'Spans', exact: true }).click()
    await page.getByRole('button', { name: 'Copy a link' }).click()
    await expect.poll(copied).toMatch(new RegExp(`^${ui.appliance.origin}/traces/${id}`))
    await page.goto(await copied())
    await ui.shows('.span-title', 'see')
  })
})

describe('a trace', () => {
  it('leads from its figures to the traces that share them', async () => {
    await openTrace('error=true&name=support-agent')
    await page.locator('.figures').getByRole('link', { name: 'team:care' }).click()
    await ui.shows('.chip', 'tag.team is')
    await openTrace('error=true&name=support-agent')
    await page.locator('.figures').getByRole('link', { name: 'rate limit' }).click()
    await ui.shows('.chip', 'failure is')
    await page.locator('.list-rows > .list-row').first().waitFor()
    expect(await page.locator('.list-rows > .list-row[data-bad="false"]').count()).toBe(0)
  })

  it.each([
    ['grace', 'user is'],
    ['staging', 'environment is'],
    ['beta', 'tag is'],
  ])('leads from %s to all that have it, in the list and in its chart', async (value, chip) => {
    await openTrace('name=parallel')
    await page.locator('.figures').getByRole('link', { name: value, exact: true }).click()
    await ui.shows('.chip', `${chip}${value}`)
    await ui.shows('.volume-words', '1 trace, 0 failed')
    await page.locator('.list-rows > .list-row').first().waitFor()
    expect(await page.locator('.list-rows .trace-name').allTextContents()).toEqual(['parallel'])
  })

  it('leads from its session to all those of its user, and back to everybody’s', async () => {
    await ui.open('/sessions/walk')
    await page.locator('.session-facts').getByRole('link', { name: 'grace' }).click()
    await ui.shows('.chip', 'user isgrace')
    await expect.poll(() => page.locator('.list-rows .trace-name').allTextContents()).toEqual(['walk'])
    await page.getByRole('button', { name: 'Remove the filter user is grace' }).click()
    await expect.poll(() => page.locator('.list-rows > .list-row').count()).toBeGreaterThan(1)
    await page.goBack()
    await expect.poll(() => page.locator('.list-rows > .list-row').count()).toBe(1)
  })
})

describe('charts', () => {
  it('have one cursor, and a legend that tells the values there and shows a line alone', async () => {
    await ui.open('/charts')
    const panel = (name: string) => page.getByRole('region', { name, exact: true })
    const over = panel('Traces').locator('.u-over')
    await over.waitFor()
    await settled(page)
    await over.hover({ position: { x: 200, y: 60 } })
    const value = (name: string) => panel(name).locator('.legend-value').first().textContent()
    await expect.poll(() => value('Traces'), { timeout: PATIENCE_MS }).not.toBe('')
    await expect.poll(() => value('Latency')).not.toBe('')
    const latency = panel('Latency')
    await latency.getByRole('button', { name: /^p99/ }).click()
    await latency.locator('.legend button[aria-pressed="true"]', { hasText: 'p99' }).waitFor()
    await latency.locator('.legend button[data-away="true"]', { hasText: 'p50' }).waitFor()
    await latency.getByRole('button', { name: /^p99/ }).click()
    await latency.locator('.legend button[data-away="true"]').first().waitFor({ state: 'detached' })
    // A row of the largest has its history.
    await page.locator('.plain-table .sparkline rect[height="15"]').first().waitFor()
  })
})

describe('a dead letter', () => {
  it('shows what came, and says why it still cannot be stored', async () => {
    await ui.open('/settings/dead-letters')
    await page.locator('tbody th button').first().click()
    await ui.shows('.dialog .json', 'fast')
    await watch.expectAccessible()
    await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click()
    await ui.shows('.toast', 'It still cannot be stored')
  })
})

describe('the frame', () => {
  it('folds its rail, and remembers it', async () => {
    await ui.open('/traces')
    const width = async () => (await page.locator('.rail').boundingBox())?.width
    await page.locator('.list-row').first().waitFor()
    expect(await width()).toBe(216)
    await page.keyboard.press('Control+b')
    await expect.poll(width).toBe(56)
    await page.reload()
    await page.locator('.list-row').first().waitFor()
    expect(await width()).toBe(56)
    await watch.expectAccessible()
    await page.getByRole('button', { name: 'Unfold the rail' }).click()
    await expect.poll(width).toBe(216)
  })

  it('has a drawer for a rail and a page for a panel on a small screen', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    await ui.open('/sessions')
    await page.locator('.list-card').first().waitFor()
    expect(await page.locator('.rail').count()).toBe(0)
    await page.getByRole('button', { name: 'Menu', exact: true }).click()
    await page.locator('.rail.drawer').waitFor()
    await watch.expectAccessible()
    await page.getByRole('link', { name: 'Traces', exact: true }).click()
    await page.locator('.rail').waitFor({ state: 'detached' })
    await page.locator('.list-card', { hasText: 'support-agent' }).first().click()
    await page.waitForURL(/\/traces\/[0-9a-f-]{36}/)
    await page.locator('.span-row').first().waitFor()
    // Of the figures of a step one stands beside its bar, which one chooses.
    const beside = () => page.locator('.span-row', { hasText: 'chat gpt' }).locator('.bar-words').textContent()
    expect(await beside()).toMatch(/ m?s$/)
    await page.getByRole('button', { name: 'Tokens', exact: true }).click()
    await expect.poll(beside).toMatch(/^1,0\d\d tok$/)
    await watch.expectAccessible()
    await page.getByRole('button', { name: 'Cost', exact: true }).click()
    await page.reload()
    await page.locator('.span-row').first().waitFor()
    await expect.poll(beside).toMatch(/^\$0\.\d+$/)
  })
})
