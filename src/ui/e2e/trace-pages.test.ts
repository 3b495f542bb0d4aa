import { describe, expect, it } from 'vitest'
import { idOf, page, sendAll, serve, ui, watch } from './served.ts'
import { settled } from './settled.ts'
import { PATIENCE_MS } from './watch.ts'

serve(sendAll)

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
