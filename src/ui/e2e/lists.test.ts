import { describe, expect, it } from 'vitest'
import { page, serve, ui, watch } from './served.ts'
import { settled } from './settled.ts'
import { someTraces } from './traces.ts'
import { PATIENCE_MS } from './watch.ts'

/** What every list keeps, on the list of traces, which has all of it. */

const MANY = 260
const LIST = '**/v1/traces?*'

serve(async () => {
  const now = Date.now()
  await ui.send(someTraces(24))
  await ui.send(
    Array.from({ length: MANY }, (_, i) => ({
      ...{ name: `row ${MANY - i}`, tags: { set: 'many' }, latency_ms: 100 + i },
      started_at: new Date(now - (MANY - i) * 10_000).toISOString(),
    })),
  )
})

const rows = () => page.locator('.list-rows > .list-row')
const height = async () => (await rows().first().boundingBox())?.height
const heads = () => page.locator('[role="columnheader"]').allTextContents()

describe('a list', () => {
  it('goes on as one scrolls, and draws only what one looks at', async () => {
    await ui.open('/traces?tag_key=set&tag_value=many')
    await ui.shows('.trace-name', 'row 1')
    const list = page.locator('.list')
    const atEnd = async () => {
      await list.evaluate((element) => element.scrollTo(0, element.scrollHeight))
      return page.locator('.trace-name').allTextContents()
    }
    await expect.poll(atEnd, { timeout: PATIENCE_MS }).toContain(`row ${MANY}`)
    expect(await list.getAttribute('aria-rowcount')).toBe(String(MANY + 1))
    expect(await rows().count()).toBeLessThan(80)
    await ui.shows('.only-heard[role="status"]', `Traces: ${MANY}`)
  })

  it('shows the columns and widths that were chosen, after a reload too', async () => {
    await ui.open('/traces')
    await rows().first().waitFor()
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'User' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'Model' }).click()
    await page.keyboard.press('Escape')
    const name = page.getByRole('columnheader', { name: 'Name' })
    const wide = async () => (await name.boundingBox())?.width ?? 0
    const before = await wide()
    const edge = await name.locator('.list-resize').boundingBox()
    if (!edge) throw new Error('the column has no edge')
    await page.mouse.move(edge.x + 4, edge.y + 8)
    await page.mouse.down()
    await page.mouse.move(edge.x + 84, edge.y + 8, { steps: 4 })
    await page.mouse.up()
    expect(await wide()).toBeGreaterThan(before + 60)
    const chosen = ['', 'Started', 'Status', 'Name', 'Input', 'Output', 'Latency', 'Tokens', 'Cost', 'User']
    expect(ui.search().get('columns')).toBe('time,status,name,input,output,latency,tokens,cost,user')
    await page.reload()
    await rows().first().waitFor()
    expect(await heads()).toEqual(chosen)
    expect(await wide()).toBeGreaterThan(before + 60)
    // Where the address says nothing it is as this browser had it last, and says so.
    await ui.open('/traces')
    await page.waitForURL(/columns=/)
    expect(await heads()).toEqual(chosen)
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('menuitem', { name: 'As at first' }).click()
    await expect.poll(heads).toContain('Model')
    expect(ui.search().get('columns')).toBeNull()
    await page.goBack()
    await expect.poll(heads).toEqual(chosen)
    await page.goForward()
    await expect.poll(heads).toContain('Model')
  })

  it('lets several rows be selected by the mouse too', async () => {
    await ui.open('/traces?tag_key=set&tag_value=many')
    await ui.shows('.trace-name', 'row 1')
    const box = (row: number) => rows().nth(row).getByRole('checkbox')
    await box(1).click()
    await box(4).click({ modifiers: ['Shift'] })
    await ui.shows('.bulk', '4 selected')
    // Each knows what the others did.
    await box(0).click()
    await ui.shows('.bulk', '5 selected')
    await box(2).click()
    await ui.shows('.bulk', '4 selected')
    await page.getByRole('button', { name: 'Clear', exact: true }).last().click()
    await page.locator('.bulk').waitFor({ state: 'detached' })
  })

  it('counts the values that a filter may have in all of the range, not in what is loaded', async () => {
    await ui.open('/traces')
    await rows().first().waitFor()
    const field = page.getByRole('combobox', { name: 'Add a filter' })
    await field.fill('tag.set is ')
    await ui.shows('[role="option"]', new RegExp(`tag.set is many\\s*${MANY} traces$`))
    await field.fill('model is ')
    await ui.shows('[role="option"]', /model is gpt-4o\s*16 calls$/)
    await field.fill('')
    await field.blur()
  })

  it('is as dense as one likes it', async () => {
    await ui.open('/traces')
    await rows().first().waitFor()
    expect(await height()).toBe(32)
    await page.getByRole('button', { name: 'Appearance' }).click()
    await page.getByRole('menuitemradio', { name: 'Compact' }).click()
    await expect.poll(height).toBe(28)
    await page.reload()
    await rows().first().waitFor()
    expect(await height()).toBe(28)
    await page.getByRole('button', { name: 'Appearance' }).click()
    await page.getByRole('menuitemradio', { name: 'Comfortable' }).click()
  })

  it('is sorted by a head, which the address says', async () => {
    await ui.open('/traces')
    await page.getByRole('button', { name: 'Latency' }).click()
    await page.locator('[aria-sort="descending"]', { hasText: 'Latency' }).waitFor()
    await page.getByRole('button', { name: 'Latency' }).click()
    await page.locator('[aria-sort="ascending"]', { hasText: 'Latency' }).waitFor()
    expect(ui.search().get('sort')).toBe('latency_ms')
    await settled(page)
    await ui.shows('.list-row', '100 ms')
    await page.goBack()
    await page.locator('[aria-sort="descending"]', { hasText: 'Latency' }).waitFor()
  })

  it('is sketched until it comes, and keeps the old rows dimmed while others do', async () => {
    let let_ = (): void => undefined
    const wait = () => new Promise<void>((resolve) => (let_ = resolve))
    let gate = wait()
    await page.route(LIST, (route) => gate.then(() => route.continue()))
    await ui.open('/traces')
    await page.locator('.list-pending').waitFor()
    let_()
    await rows().first().waitFor()
    gate = wait()
    await page.keyboard.press('e')
    await page.locator('.list-rows[data-stale="true"] > .list-row').first().waitFor()
    let_()
    await page.locator('.list-rows[data-stale="false"] > .list-row[data-bad="true"]').first().waitFor()
    await page.unrouteAll({ behavior: 'wait' })
  })

  it('that failed says why, under which id the log has it, and is asked again', async () => {
    const id = 'req_0123456789abcdef'
    await page.route(LIST, (route) =>
      route.fulfill({
        status: 500,
        headers: { 'X-Request-Id': id },
        json: { error: 'Something went wrong here.', code: 'internal' },
      }),
    )
    await ui.open('/traces')
    await ui.shows('.problem', 'Something went wrong here.')
    await page.locator(`.problem .id[title^="${id}"]`).waitFor()
    await watch.expectAccessible()
    await page.unrouteAll({ behavior: 'wait' })
    await page.getByRole('button', { name: 'Try again' }).click()
    await rows().first().waitFor()
    await watch.forgive(/500/)
  })

  it('says how long ago, and exactly when on hover', async () => {
    await ui.open('/traces')
    const time = page.locator('.list-row time').first()
    await time.waitFor()
    expect(await time.textContent()).toMatch(/ago|now/)
    expect(await time.getAttribute('title')).toMatch(/\d{4}, \d\d:\d\d:\d\d\.\d+ \S+/)
  })

  it('is narrowed by a drag over its histogram', async () => {
    await ui.open('/traces?range=1h')
    const chart = page.locator('.volume .u-over')
    await chart.waitFor()
    await settled(page)
    const box = await chart.boundingBox()
    if (!box) throw new Error('the histogram is not drawn')
    await page.mouse.move(box.x + box.width * 0.5, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.75, box.y + 20, { steps: 6 })
    await page.mouse.up()
    await page.waitForURL(/from=/)
    const { from, to } = ui.within()
    expect(to - from).toBeGreaterThan(10 * 60_000)
    expect(to - from).toBeLessThan(20 * 60_000)
    await page.locator('.list-row time, .empty').first().waitFor()
    await settled(page)
    const times = await ui.times()
    expect(times.length).toBeGreaterThan(0)
    for (const time of times) expect(time).toBeGreaterThanOrEqual(from)
    for (const time of times) expect(time).toBeLessThanOrEqual(to)
  })
})

describe('a trace', () => {
  it('gives its id to the clipboard', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: ui.appliance.origin })
    await ui.open('/traces?name=support-agent')
    await page.locator('.trace-name').first().click()
    await page.locator('.peek .figures .id').click()
    await ui.shows('.peek .figures .id', 'copied')
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(ui.search().get('peek'))
  })

  it('shows feedback at once, and takes it back when it is refused', async () => {
    await ui.open('/traces?name=support-agent')
    await page.locator('.trace-name').first().click()
    await page.locator('.peek .figures').waitFor()
    let refuse = (): void => undefined
    const asked = new Promise<void>((resolve) => (refuse = resolve))
    await page.route('**/v1/feedback', async (route) => {
      await asked
      const headers = { 'X-Request-Id': 'req_feedback' }
      await route.fulfill({ status: 500, headers, json: { error: 'It could not be kept.', code: 'internal' } })
    })
    await page.keyboard.press('-')
    await page.getByRole('button', { name: 'Give feedback' }).click()
    const mark = page.locator('.peek .figures .figure-mark', { hasText: 'bad' })
    await mark.waitFor()
    refuse()
    await mark.waitFor({ state: 'detached' })
    await ui.shows('.toast', 'It could not be kept. Request req_feedback')
    await watch.expectAccessible()
    await page.unrouteAll({ behavior: 'wait' })
    await watch.forgive(/500/)
    const kept = page.waitForResponse((response) => response.request().method() === 'POST' && response.ok())
    await page.locator('.toast').getByRole('button', { name: 'Try again' }).click()
    await mark.waitFor()
    await kept
  })
})

describe('a group of failures', () => {
  const panel = () => page.getByRole('complementary', { name: 'Group of failures' })

  it('opens beside the list, where one goes on to the next, and changes its state at once, and back when that is refused', async () => {
    await ui.open('/failures')
    await ui.shows('.list-row', 'Too Many Request')
    await page.keyboard.press('Enter')
    await panel().locator('.variants li').first().waitFor()
    const state = (name: string, pressed: boolean) =>
      panel().getByRole('button', { name, pressed, exact: true }).waitFor()
    await state('New', true)
    let refuse = (): void => undefined
    const asked = new Promise<void>((resolve) => (refuse = resolve))
    await page.route('**/v1/failures/clusters/*', async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue()
      await asked
      await route.fulfill({ status: 500, json: { error: 'It could not be kept.', code: 'internal' } })
    })
    await panel().getByRole('button', { name: 'Known' }).click()
    await state('Known', true)
    await ui.shows('.list-row', 'known')
    await watch.expectAccessible()
    refuse()
    await state('New', true)
    await ui.shows('.toast', 'It could not be kept.')
    await page.unrouteAll({ behavior: 'wait' })
    await watch.forgive(/500/)
    await panel().getByRole('button', { name: 'Known' }).click()
    await ui.shows('.list-row', 'known')
    const first = ui.search().get('cluster')
    await page.keyboard.press('j')
    await expect.poll(() => ui.search().get('cluster')).not.toBe(first)
    await page.keyboard.press('Escape')
    await panel().waitFor({ state: 'detached' })
  })

  it('shows in what its wordings differ, and leads to all traces that failed so', async () => {
    const said = 'NotFoundError: There is no document with these words, ask the owner of the collection (request id: '
    await ui.send(
      ['req_1a2b3c4d5e', 'req_6f7a8b9c0d', 'req_0e9d8c7b6a'].map((id) => ({ name: 'look-up', error: `${said}${id})` })),
    )
    await ui.open('/failures')
    await page.locator('.list-row', { hasText: 'no document' }).click()
    await expect.poll(() => panel().locator('.variants b').allTextContents()).toHaveLength(3)
    expect((await panel().locator('.variants b').allTextContents()).sort()).toEqual([
      'req_0e9d8c7b6a',
      'req_1a2b3c4d5e',
      'req_6f7a8b9c0d',
    ])
    // Also where it is narrow the difference is in sight.
    await page.setViewportSize({ width: 400, height: 800 })
    await ui.shows('.crumb', 'Failures')
    for (const mark of await page.locator('.variants b').all()) {
      const [box, width] = [await mark.boundingBox(), 400]
      expect((box?.x ?? width) + (box?.width ?? 0)).toBeLessThan(width)
    }
    await watch.expectFits()
    await page.getByRole('link', { name: 'Find all' }).click()
    await expect.poll(() => page.locator('.list-rows > .list-row').count()).toBe(3)
    await page.goBack()
    await page.locator('.crumb', { hasText: 'Failures' }).click()
    await ui.shows('.list-card', 'no document')
  })
})

describe('what can be undone', () => {
  it('is, from the toast', async () => {
    await ui.asOwner('/v1/projects', { name: 'Old' })
    await ui.open('/settings/projects')
    await page.getByRole('button', { name: 'Actions for Old' }).click()
    await page.getByRole('menuitem', { name: 'Archive' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click()
    await ui.shows('tr', /Old.*archived/)
    await page.getByRole('button', { name: 'Undo' }).click()
    await ui.shows('tr', /Old.*active/)
  })
})
