import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Dashboard, INSTALL_MS, WIDE } from './dashboard.ts'
import { settled } from './settled.ts'
import { anOddHour, someTraces } from './traces.ts'
import { PATIENCE_MS, type Watch } from './watch.ts'

let ui: Dashboard
let page: Page
let watch: Watch

beforeAll(async () => {
  ui = await Dashboard.start()
  ;({ page, watch } = ui)
  await ui.send(someTraces(40))
  await ui.post('/v1/feedback', { trace_id: 'trace-3', label: 'bad', comment: 'It cited the wrong policy' })
  await ui.post('/v1/ingest/batch', { traces: [{ name: 'broken', latency_ms: 'fast' }] })
}, INSTALL_MS)

afterAll(() => ui?.stop())

beforeEach(() => page.setViewportSize(WIDE))
afterEach(() => watch.expectQuiet())

/** Of the newest trace like this. */
async function idOf(filter: string): Promise<string> {
  const { traces } = await ui.get<{ traces: { id: string }[] }>(`/v1/traces?${filter}&limit=1`)
  return traces[0]?.id ?? ''
}

describe('the list of traces', () => {
  it('leads to a failing span by the keyboard alone', async () => {
    await ui.open('/traces')
    await ui.shows('.trace-name', 'support-agent')
    await page.keyboard.press('/')
    await page.keyboard.type('status is err')
    await page.keyboard.press('Enter')
    await ui.shows('.chip', 'status is')
    expect(ui.search().get('error')).toBe('true')
    await settled(page)
    // Once out of the suggestions, once out of the field.
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await page.keyboard.press('Enter')
    await ui.shows('.peek .failure', 'RateLimitError')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/traces\/[0-9a-f-]{36}/)
    await ui.shows('.trace-page .failure', 'RateLimitError')
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('e')
    await ui.shows('.span-row[aria-selected="true"]', 'chat gpt-4o')
  })

  it('is in the address whole: whoever opens it sees the same', async () => {
    await ui.open('/traces?range=7d&error=true&sort=-latency_ms&columns=time,name,user')
    await page.locator('.list-row .trace-name').first().click()
    await page.locator('.peek .span-row', { hasText: 'retrieve' }).click()
    await ui.shows('.peek .span-title', 'retrieve policy')
    await page.getByRole('button', { name: 'Metadata' }).click()
    const address = page.url()
    for (const part of ['range=7d', 'error=true', 'sort=-latency_ms', 'columns=', 'peek=', 'span=', 'tab=metadata']) {
      expect(address).toContain(part)
    }
    const looks = async () => {
      await ui.shows('.peek .span-title', 'retrieve policy')
      await settled(page)
      const heads = await page.locator('[role="columnheader"]').allTextContents()
      const rows = await page
        .locator('.list-rows .trace-name')
        .evaluateAll((all) => all.map((a) => a.getAttribute('href')))
      const range = await page.locator('.range-button').textContent()
      const tab = await page.locator('.span-panel .segments [aria-pressed="true"]').textContent()
      return { heads, rows, range, tab, chips: await page.locator('.chip').allTextContents() }
    }
    const before = await looks()
    expect(before).toMatchObject({ heads: ['', 'Started', 'Name', 'User'], range: 'Last 7 days', tab: 'Metadata' })
    await page.evaluate(() => localStorage.clear())
    await page.reload()
    expect(await looks()).toEqual(before)
    expect(page.url()).toBe(address)
  })

  it('goes back, forward and through a reload to where it was', async () => {
    await ui.open('/traces?error=true')
    await page.locator('.list-row .trace-name').first().click()
    await page.locator('.peek .failure').waitFor()
    const peek = ui.search().get('peek')
    await page.reload()
    await page.locator('.peek .failure').waitFor()
    expect(ui.search().get('peek')).toBe(peek)
    await page.goBack()
    await page.locator('.peek').waitFor({ state: 'detached' })
    await page.goForward()
    await page.locator('.peek .failure').waitFor()
    expect(ui.search().get('error')).toBe('true')
  })

  it('understands what is typed, and says what was meant where it does not', async () => {
    await ui.open('/traces')
    const field = page.getByRole('combobox', { name: 'Add a filter' })
    await field.fill('latency > soon')
    await ui.shows('[role="option"]', '300 ms')
    await field.fill('latency > 2 s')
    await field.press('Enter')
    await ui.shows('.chip', 'latency')
    expect(ui.search().get('latency_min')).toBe('2000')
    await field.fill('model is ')
    await ui.shows('[role="option"]', 'gpt-4o')
    await field.press('Escape')
    await field.fill('refund')
    await field.press('Enter')
    await ui.shows('.chip', 'text has')
    await page.locator('.list mark').first().waitFor()
  })

  it('shows traces as they arrive', async () => {
    await ui.open('/traces?live=on')
    await page.locator('[data-state-now="live"]').waitFor()
    await ui.send([{ name: 'a late one', input: '<b>not bold</b>' }])
    await ui.shows('.list-row', 'a late one')
    await ui.shows('.list-row', '<b>not bold</b>')
  })

  it('exports what is filtered, and keeps what is selected at hand', async () => {
    await ui.open('/traces?error=true')
    await page.locator('.list-row .trace-name').first().waitFor()
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('X')
    await ui.shows('.bulk', '2 selected')
    for (const [item, ending] of [
      ['CSV', /\.csv$/],
      ['Parquet', /\.parquet$/],
    ] as const) {
      await page.getByRole('button', { name: 'Export' }).click()
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: item, exact: true }).click(),
      ])
      expect(file.suggestedFilename()).toMatch(ending)
      expect(await file.failure()).toBeNull()
    }
  })

  it('says how to send one when there is none like it', async () => {
    await ui.open('/traces?name=nobody')
    await ui.shows('.empty', 'No trace is like this')
    await page.getByRole('button', { name: 'Clear the filters' }).click()
    await ui.shows('.trace-name', 'support-agent')
  })
})

describe('a trace', () => {
  it('reads as a conversation, as a transcript and as JSON', async () => {
    await ui.open('/traces?error=false')
    await page.locator('.trace-name', { hasText: 'support-agent' }).first().click()
    await page.getByRole('link', { name: 'Open as a page' }).click()
    await page.locator('.trace-page .span-row', { hasText: 'chat' }).first().click()
    await ui.shows('.call', 'lookup_order')
    await ui.shows('.call-result', 'in_transit')
    await page.locator('.span-row', { hasText: 'retrieve' }).click()
    await ui.shows('.documents', 'Returns and refunds')
    await page.getByRole('button', { name: 'Transcript' }).click()
    await ui.shows('.transcript .said', 'left our warehouse')
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    await ui.shows('.json-line', 'span_count')
  })

  it('is searched through to the texts of its spans, and tells what its cost is made of, by keyboard', async () => {
    await ui.open(`/traces/${await idOf('error=false&name=support-agent')}`)
    await page.locator('.span-row').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('unworn ITEMS')
    await ui.shows('.waterfall-search', '1')
    await ui.shows('.span-row .found-in', 'output')
    await page.keyboard.press('Enter')
    await ui.shows('.span-row[aria-selected="true"]', 'retrieve policy')
    await ui.shows('.waterfall-search', '1 of 1')
    await page.keyboard.press('Escape')
    await page.keyboard.press('$')
    await ui.shows('.costs .usage-model', 'gpt-4o')
    await ui.shows('.costs tr', /Input.*0\.\d+\$/)
    await watch.expectAccessible()
    await page.keyboard.press('Escape')
    await page.locator('.costs').waitFor({ state: 'detached' })
  })

  it('is searched through to its metadata and events, which are shown where they stand', async () => {
    await ui.open(`/traces/${await idOf('error=true&name=support-agent')}`)
    await page.locator('.span-row').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('the call FAILED')
    await ui.shows('.span-row .found-in', 'events')
    await page.keyboard.press('Enter')
    await ui.shows('.span-row[aria-selected="true"]', 'chat gpt-4o')
    await ui.shows('.event-message', 'the call failed')
    const field = page.getByLabel('Search in this trace')
    await field.fill('tier')
    await ui.shows('.span-row .found-in', 'metadata')
    await field.press('Enter')
    await ui.shows('.span-section', 'Of the trace')
    await page.locator('.json-line[data-hit="current"]', { hasText: 'tier' }).waitFor()
    await watch.expectAccessible()
  })

  it('without spans shows what was sent', async () => {
    await ui.send([
      { name: 'bare', input: 'What is 2+2?', output: '**4**', metadata: { app: 'calculator' }, error: 'too easy' },
    ])
    await ui.open(`/traces/${await idOf('name=bare')}`)
    await ui.shows('.span-body', 'What is 2+2?')
    await ui.shows('.span-body strong', '4')
    await ui.shows('.span-body .failure', 'too easy')
    await ui.shows('.span-body .json-line', 'calculator')
    await watch.expectAccessible()
  })

  it('takes feedback, and shows it', async () => {
    await ui.open('/traces?error=false')
    await page.locator('.trace-name', { hasText: 'support-agent' }).first().click()
    await page.locator('.peek .figures').waitFor()
    await page.keyboard.press('+')
    await page.getByLabel('Why, if you like').fill('Just right')
    const given = page.waitForResponse((response) => response.request().method() === 'POST')
    await page.getByRole('button', { name: 'Give feedback' }).click()
    // Shown at once, and kept a little later.
    await ui.shows('.peek .figures', 'good')
    await given
    await ui.open('/feedback')
    await ui.shows('.list-row', 'Just right')
  })

  it('that is not there says so', async () => {
    const answer = page.waitForResponse((response) => response.status() === 404)
    await ui.open('/traces/01990000-0000-7000-8000-000000000000')
    await answer
    await ui.shows('.empty', 'There is no such trace')
    await watch.forgive(/404/)
  })
})

describe('what everybody should know', () => {
  it('is one line under the bar, with one thing to do', async () => {
    let near = true
    await page.route('**/ready', async (route) => {
      const answer = await route.fetch()
      const body = (await answer.json()) as { disk: object }
      await route.fulfill({ json: near ? { ...body, disk: { ...body.disk, state: 'near', limit: '90 %' } } : body })
    })
    await ui.open('/traces')
    await ui.shows('.banner', 'The disk is nearly full (90 %)')
    await watch.expectAccessible()
    const [bar, banner] = await Promise.all([page.locator('.top').boundingBox(), page.locator('.banner').boundingBox()])
    expect(banner?.y).toBe((bar?.y ?? 0) + (bar?.height ?? 0))
    near = false
    await page.locator('.banner').getByRole('button', { name: 'Check again' }).click()
    await page.locator('.banner').waitFor({ state: 'detached' })
    await page.unrouteAll({ behavior: 'wait' })
  })
})

describe('sessions', () => {
  it('are replayed turn by turn', async () => {
    await ui.open('/sessions')
    await page.locator('.list-row .trace-name', { hasText: 'conversation-1' }).first().click()
    await ui.shows('.turn', 'Where is my order')
    await page.locator('.session-turn .span-row').first().waitFor()
    const first = await page.locator('.turn-box[data-chosen="true"] .turn-head').textContent()
    await page.keyboard.press('j')
    await page.waitForURL(/turn=/)
    const chosen = () => page.locator('.turn-box[data-chosen="true"] .turn-head').textContent()
    await expect.poll(chosen, { timeout: PATIENCE_MS }).not.toBe(first)
    // At the right stands how that turn came about.
    const turn = ui.search().get('turn') ?? ''
    await page.locator(`.session-turn .figures .id[title^="${turn}"]`).waitFor()
    await page.locator('.session-turn .span-row').first().waitFor()
    await page.reload()
    await page.locator(`.session-turn .figures .id[title^="${turn}"]`).waitFor()
  })
})

describe('metrics', () => {
  it('zoom by a drag, and lead to the traces behind a point', async () => {
    await ui.open('/charts')
    const chart = page.locator('.metric-panel .u-over').first()
    const placed = async () => {
      await chart.waitFor()
      await settled(page)
      const box = await chart.boundingBox()
      if (!box) throw new Error('the chart is not drawn')
      return box
    }
    const box = await placed()
    await page.mouse.move(box.x + box.width * 0.7, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.98, box.y + 40, { steps: 6 })
    await page.mouse.up()
    await page.waitForURL(/from=/)
    await ui.shows('.range-button', '–')
    const zoomed = await placed()
    const wide = ui.within()
    await page.mouse.click(zoomed.x + zoomed.width * 0.9, zoomed.y + 60)
    await page.waitForURL(/\/traces\?.*from=/)
    await page.locator('.list-rows time').first().waitFor()
    await settled(page)
    // What is listed began within the bucket of the point, and the bucket is within what was dragged over.
    const bucket = ui.within()
    expect(bucket.to - bucket.from).toBeLessThan(wide.to - wide.from)
    const times = await ui.times()
    expect(times.length).toBeGreaterThan(0)
    for (const time of times) expect(time).toBeGreaterThanOrEqual(bucket.from)
    for (const time of times) expect(time).toBeLessThanOrEqual(bucket.to)
  })
})

describe('an hour out of the ordinary', () => {
  it('is a dot on its chart, which tells what was usual and leads to its traces', async () => {
    const { id } = await ui.asOwner<{ id: string }>('/v1/projects', { name: 'Quiet' })
    await ui.send(anOddHour(id))
    await ui.asOwner('/v1/schedules/anomalies.detect/run')
    const found = async () =>
      (await ui.get<{ anomalies: unknown[] }>(`/v1/anomalies?project_id=${id}`)).anomalies.length
    await expect.poll(found, { timeout: 3 * PATIENCE_MS, interval: 250 }).toBe(1)
    await ui.open(`/charts?project=${id}`)
    await page.getByRole('button', { name: /^Failures out of the ordinary: 87.5 % instead of 0 %/ }).click()
    await ui.shows('.dot-about', 'Usually')
    await watch.expectAccessible()
    await page.getByRole('link', { name: 'Traces of this hour' }).click()
    await ui.shows('.volume-words', '14 failed')
    expect(ui.search().get('error')).toBe('true')
    await ui.open(`/anomalies?project=${id}`)
    await ui.shows('.list-row', '87.5 %')
  }, 180_000)
})

describe('an API key', () => {
  it('is made, used and revoked', async () => {
    await ui.open('/settings/keys')
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByLabel('Name').fill('CI')
    await page.getByRole('button', { name: 'Create' }).click()
    const made = (await page.locator('#key').textContent()) ?? ''
    const use = (name: string) =>
      fetch(ui.url('/v1/ingest'), {
        method: 'POST',
        headers: { Authorization: `Bearer ${made}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ name }),
      })
    expect((await use('by a new key')).status).toBe(201)
    await page.getByRole('button', { name: 'I have it' }).click()
    // It is shown once.
    await page.locator('#key').waitFor({ state: 'detached' })
    expect(await page.content()).not.toContain(made)
    await page.getByRole('button', { name: 'Actions for CI' }).click()
    await page.getByRole('menuitem', { name: 'Revoke' }).click()
    await page.getByLabel('Type CI to go on').fill('CI')
    await page.getByRole('button', { name: 'Revoke for good' }).click()
    await ui.shows('tr', /CI.*revoked/)
    expect((await use('by a revoked key')).status).toBe(401)
    await ui.open('/traces')
    await ui.shows('.trace-name', 'by a new key')
    expect(await page.locator('.trace-name', { hasText: 'by a revoked key' }).count()).toBe(0)
  })
})

describe('model prices', () => {
  it('are set, imported all or none, and worked out anew', async () => {
    await ui.open('/settings/prices')
    await page.getByRole('button', { name: 'Set a price' }).first().click()
    await page.getByLabel('Model', { exact: true }).fill('acme/.*-large')
    await page.getByLabel('It is').selectOption('a pattern (RE2)')
    await page.getByLabel('Input', { exact: true }).fill('3')
    await page.getByLabel('Output', { exact: true }).fill('15')
    await page.getByRole('button', { name: 'Save' }).click()
    await ui.shows('tr', /acme.*pattern.*\$3\.00.*you/)
    await page.getByRole('button', { name: 'Import' }).click()
    const text = page.getByLabel('Or its text')
    await text.fill('model,input,output\ngpt-4o,1,2\nother,cheap,2')
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await ui.shows('.row-errors', 'Row 2')
    await watch.expectAccessible()
    await watch.forgive(/422/)
    await text.fill('model,input,output,effective_from\ngpt-4o,100,200,2020-01-01T00:00:00Z')
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByRole('button', { name: 'Only your own' }).click()
    await ui.shows('tr', /gpt-4o.*\$100\.00.*you/)
    await page.getByRole('button', { name: 'Recompute' }).click()
    await page.getByLabel('Model', { exact: true }).fill('gpt-4o')
    await page.getByRole('dialog').getByRole('button', { name: 'Recompute' }).click()
    await ui.shows('.dialog .note', /[1-9]\d* of them cost something else now/)
    await page.getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('button', { name: 'Remove the price of gpt-4o' }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.locator('tr', { hasText: 'gpt-4o' }).waitFor({ state: 'detached' })
  })
})

describe('the SQL console', () => {
  it('says where a statement is wrong, runs it when it is right, and asks nothing by a link alone', async () => {
    await ui.open('/settings/sql')
    const sql = page.getByLabel('SQL')
    await sql.fill('SELECT name,\n  nmae FROM traces')
    await sql.press('Control+Enter')
    await ui.shows('.sql-outcome .note', 'Line 2, column 3')
    await watch.forgive(/400/)
    await sql.fill('SELECT id AS trace_id, name, cost FROM traces ORDER BY cost DESC LIMIT 3')
    await sql.press('Control+Enter')
    await ui.shows('.sql-said', '3 rows')
    expect(ui.search().get('sql')).toContain('LIMIT 3')
    await page.reload()
    await sql.waitFor()
    expect(await sql.inputValue()).toContain('LIMIT 3')
    await ui.shows('.sql-beginning', 'Begin with one of these')
    await page.getByRole('button', { name: 'History' }).click()
    await ui.shows('.menu', 'LIMIT 3')
    await page.keyboard.press('Escape')
  })
})

describe('the palette', () => {
  it('goes everywhere', async () => {
    await ui.open('/traces')
    await page.locator('.list-row').first().waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('dead')
    await ui.shows('[role="option"]', 'Dead letters')
    await page.keyboard.press('Escape')
    await page.locator('.palette').waitFor({ state: 'detached' })
    // Two keys belong together only if they come one soon after the other, which no busy machine promises.
    const goes = async () => {
      await page.keyboard.press('g')
      await page.keyboard.press('m')
      return new URL(page.url()).pathname
    }
    await expect.poll(goes, { timeout: PATIENCE_MS, interval: 1_000 }).toBe('/charts')
    await page.keyboard.press('?')
    await ui.shows('.key-sheet', 'Go to Sessions')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('Feedback')
    await page.keyboard.press('ArrowUp')
    await page.getByRole('option', { name: /^Feedback/ }).click()
    await page.waitForURL(/\/feedback/)
  })
})

describe('every page', () => {
  const PAGES = [
    ['/traces', '.list-row'],
    ['/traces?peek=first', '.span-row'],
    ['/traces/first', '.span-row'],
    ['/traces/first?view=transcript', '.transcript .said'],
    ['/traces/first?view=json', '.json-line'],
    ['/sessions', '.list-row'],
    ['/sessions/conversation-1', '.turn'],
    ['/charts', '.metric-panel .u-over'],
    ['/failures', '.list-row'],
    ['/anomalies', '.list-row, .empty'],
    ['/feedback', '.list-row'],
    ['/settings/projects', 'td'],
    ['/settings/keys', 'td'],
    ['/settings/ingestion', '.totals'],
    ['/settings/usage', '.u-over'],
    ['/settings/prices', 'td'],
    ['/settings/sql', '.sql-schema li'],
    ['/settings/demo', '.prose'],
    ['/settings/dead-letters', 'td'],
    ['/settings/tasks', 'td'],
    ['/settings/appearance', '.choice'],
    ['/nowhere', '.empty'],
  ] as const

  let first: string
  beforeAll(async () => {
    first = await idOf('error=true&name=support-agent')
  })

  it.each(PAGES)('%s is free of what axe finds, in light and dark, and fits 400 px', async (path, ready) => {
    await ui.open(path.replace('first', first))
    await page.locator(ready).first().waitFor()
    await settled(page)
    await watch.expectAccessible()
    await watch.expectFits()
  })
})
