import { beforeAll, describe, expect, it } from 'vitest'
import { idOf, page, sendAll, serve, ui, watch } from './served.ts'
import { settled } from './settled.ts'
import { anOddHour } from './traces.ts'
import { PATIENCE_MS } from './watch.ts'

serve(sendAll)

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
