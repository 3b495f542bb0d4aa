import { parseArgs } from 'node:util'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { launchBrowser } from '../src/ui/e2e/browser.ts'
import { API_KEY, type Appliance, sleep, withAppliance } from './appliance.ts'
import { mb, ms, percentile, printTable, verdict, whole } from './figures.ts'
import { LOAD, startLoad } from './load-options.ts'
import { heap, OWNER_ENV, signedIn } from './page.ts'
import { seed } from './seed.ts'

/** How the dashboard feels over a full store, in a real browser on the same machine: headless, so without a graphics card. */
const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '200000' },
    samples: { type: 'string', default: '7' },
    /** Seconds of live tail at 50 traces a second. */
    tail: { type: 'string', default: '60' },
    dist: { type: 'string', default: 'dist' },
  },
})
const LARGE_SPANS = 33_000
const samples = Number(flags.samples)
const rows: string[][] = [['', 'measured', 'target', '']]

function report(what: string, value: number, show: (n: number) => string, target: number, atLeast = false): void {
  const good = atLeast ? value >= target : value <= target
  rows.push([what, show(value), `${atLeast ? '>=' : '<='} ${show(target)}`, verdict(good)])
}

const median = async (measure: () => Promise<number>): Promise<number> => {
  const times: number[] = []
  for (let i = 0; i < samples; i++) times.push(await measure())
  return percentile(times, 0.5)
}

/** A trace as a long agent run has it: wide and deep, with short texts, small enough for one request. */
async function sendLarge(url: string): Promise<string> {
  const start = Date.now() - 3_600_000
  const time = (i: number) => new Date(start + i).toISOString()
  const spans = Array.from({ length: LARGE_SPANS }, (_, i) => ({
    id: `s${i}`,
    ...(i === 0 ? {} : { parent_span_id: `s${Math.floor((i - 1) / 6)}` }),
    name: `step ${i}`,
    type: i % 3 === 0 ? 'llm' : 'tool',
    ...(i % 3 === 0 ? { model: 'gpt-4o', prompt_tokens: 300, completion_tokens: 80 } : {}),
    ...(i % 997 === 5 ? { error: 'timed out' } : {}),
    input: `asked ${i}`,
    output: `answered ${i}`,
    start_time: time(i * 20),
    end_time: time(i * 20 + 400),
  }))
  const response = await fetch(`${url}/v1/ingest`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'large', started_at: time(0), spans }),
  })
  if (response.status !== 201) throw new Error(`the large trace was answered ${response.status}`)
  return ((await response.json()) as { id: string }).id
}

/**
 * Runs `act` in the page and answers after how many milliseconds `seen` holds, as a frame would show it. Both are texts, because
 * the page's policy lets nothing be made of texts inside of it; the debugger may.
 */
const until = (page: Page, act: string, seen: string): Promise<number> =>
  page.evaluate(`new Promise((resolve) => {
    const began = performance.now()
    ${act}
    const look = () => ((${seen}) ? resolve(performance.now() - began) : requestAnimationFrame(look))
    look()
  })`)

async function firstLoad(browser: Browser, url: string): Promise<void> {
  let script = 0
  const load = async () => {
    const context = await signedIn(browser, url)
    const page = await context.newPage()
    await page.goto(`${url}/traces?range=30d`)
    await page.locator('.list-row .trace-name').first().waitFor()
    const time = await page.evaluate(() => performance.now())
    script = await page.evaluate<number>(`performance.getEntriesByType('resource')
      .filter(({ name }) => name.endsWith('.js'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`)
    await context.close()
    return time
  }
  report('first load to a list of traces', await median(load), ms, 1_000)
  report('script of the first load, brotli', script / 1_000, (n) => `${Math.round(n)} KB`, 220)
}

async function list(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/traces?range=30d`)
  await page.locator('.list-row .trace-name').first().waitFor()
  let row = 0
  const open = async () => {
    row += 1
    const click = `document.querySelectorAll('.list-rows .list-row')[${row}].click()`
    const id = await page.evaluate<string>(
      `document.querySelectorAll('.list-rows .list-row')[${row}].querySelector('a').href.split('/').pop()`,
    )
    // The one before stays in sight until it is there.
    const shown = `document.querySelector('.list-rows .list-row[data-open="true"]')?.getAttribute('aria-rowindex') === '${row + 2}' && document.querySelector('.peek .figures .id[title^="${id}"]') !== null && document.querySelector('.peek .span-row') !== null`
    return until(page, click, shown)
  }
  report('list to trace', await median(open), ms, 150)
  await page.keyboard.press('Escape')
  let failed = false
  const filter = async () => {
    failed = !failed
    const press = `window.dispatchEvent(new KeyboardEvent('keydown', {key: 'e'}))`
    const fresh = `document.querySelector('.list-rows')?.dataset.stale === 'false' && (document.querySelector('.chip') !== null) === ${failed} && (document.querySelector('.list-rows .list-row[data-bad="false"]') === null) === ${failed}`
    return until(page, press, fresh)
  }
  report('filter to new rows', await median(filter), ms, 200)
}

async function large(page: Page, session: CDPSession, url: string, id: string): Promise<void> {
  const load = async () => {
    await page.goto(`${url}/traces/${id}`)
    await page.locator('.span-row').first().waitFor()
    return page.evaluate(() => performance.now())
  }
  report(`${whole(LARGE_SPANS)} spans usable`, await median(load), ms, 1_500)
  await page.keyboard.press('u')
  await sleep(500)
  const fps = await page.evaluate<number>(`new Promise((resolve) => {
    const scroller = document.querySelector('.span-rows')
    const began = performance.now()
    let frames = 0
    const step = () => {
      scroller.scrollTop += 173
      frames += 1
      const passed = performance.now() - began
      if (passed < 3000) requestAnimationFrame(step)
      else resolve((frames / passed) * 1000)
    }
    requestAnimationFrame(step)
  })`)
  report('frames a second while all of it scrolls', fps, (n) => n.toFixed(0), 55, true)
  report('heap with it', await heap(session), mb, 250)
  let step = LARGE_SPANS
  const find = async () => {
    step -= 1
    const type = `const field = document.querySelector('.waterfall-search input')
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, 'answered ${step}')
      field.dispatchEvent(new Event('input', { bubbles: true }))`
    return until(page, type, `document.querySelector('.waterfall-search [data-busy="false"]')?.textContent === '1'`)
  }
  report('a word found in the texts of all of it', await median(find), ms, 500)
}

async function tail(page: Page, session: CDPSession, url: string): Promise<void> {
  const seconds = Number(flags.tail)
  await page.goto(`${url}/traces?live=on`)
  await page.locator('[data-state-now="live"]').waitFor()
  const load = startLoad({ ...LOAD, url, apiKey: API_KEY, size: 'small', perSecond: 50, connections: 1 })
  // What a page takes once, such as compiled code, is taken in the first part.
  await sleep((seconds * 1_000) / 3)
  const before = await heap(session)
  await sleep((seconds * 2_000) / 3)
  const after = await heap(session)
  await load.stop()
  const grew = ((after - before) / ((seconds * 2) / 3)) * 3_600
  rows.push([
    `live tail of ${seconds} s at 50 traces/s`,
    `${before.toFixed(1)} to ${after.toFixed(1)} MB`,
    `${grew.toFixed(0)} MB an hour`,
  ])
}

async function run(appliance: Appliance): Promise<void> {
  const { url } = appliance
  const seeded = await seed(url, Number(flags.traces))
  const id = await sendLarge(url)
  const browser = await launchBrowser()
  try {
    await firstLoad(browser, url)
    const page = await (await signedIn(browser, url)).newPage()
    const session = await page.context().newCDPSession(page)
    await list(page, url)
    await large(page, session, url, id)
    await tail(page, session, url)
  } finally {
    await browser.close()
  }
  printTable(`Dashboard: ${whole(seeded.acknowledged)} traces behind it, headless Chromium, median of ${samples}`, rows)
}

await withAppliance({ dist: flags.dist, nodeFlags: [], env: OWNER_ENV }, run)
