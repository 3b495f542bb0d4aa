import { execFileSync } from 'node:child_process'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Appliance, startAppliance } from './appliance.ts'
import { launchBrowser } from './browser.ts'

const OWNER = { email: 'ada@example.com', password: 'a long enough password' }
/** Room for installing a browser once. */
const INSTALL_MS = 240_000

let appliance: Appliance
let browser: Browser
let page: Page
const requests: string[] = []
const complaints: string[] = []

beforeAll(async () => {
  ;[appliance, browser] = await Promise.all([startAppliance(), launchBrowser()])
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  page.setDefaultTimeout(8_000)
  page.on('request', (request) => requests.push(request.url()))
  // What breaks the Content-Security-Policy comes as a console error too.
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
}, INSTALL_MS)

afterAll(async () => {
  await browser?.close()
  await appliance?.stop()
})

afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
  expect(
    requests.splice(0).filter((url) => !url.startsWith(`${appliance.origin}/`) && !url.startsWith('data:')),
  ).toEqual([])
})

// In this order: each goes on where the one before left the person.
describe('the first run', () => {
  it('asks to be set up', async () => {
    await page.goto(appliance.origin)
    await expectText('h1', 'waits to be set up')
  })

  it('makes an owner and shows the key', async () => {
    await page.goto(appliance.setupLink)
    expect(page.url()).toBe(`${appliance.origin}/setup`)
    await page.getByRole('button', { name: 'Create' }).click()
    await expectText('#organization-wrong', 'is needed')
    await page.getByLabel('Organisation').fill('Analytical Engines')
    await page.getByLabel('Your name').fill('Ada Lovelace')
    await fillOwner()
    await page.getByRole('button', { name: 'Create' }).click()
    await expectText('h1', 'Analytical Engines is ready')
    expect(await page.locator('#key').textContent()).toMatch(/^tl_[\w-]{20,}$/)
  })

  it('shows the first trace as it arrives, sent by the code on the page', async () => {
    await page.getByText('Waiting for the first trace').waitFor()
    const tab = page.getByRole('tab', { name: 'curl' })
    await tab.focus()
    await tab.press('ArrowRight')
    const code = (await page.getByRole('tabpanel').locator('code').textContent()) ?? ''
    execFileSync(process.execPath, ['--input-type=module', '-e', code], { stdio: 'pipe' })
    await expectText('.arrival', 'chat gpt-4o-mini')
    await expectText('.arrival .mark', 'ok')
    const link = await page.getByRole('link', { name: 'JSON' }).getAttribute('href')
    const trace = (await (await page.request.get(`${appliance.origin}${link}`)).json()) as {
      model: string
      total_token_count: number
    }
    expect(trace).toMatchObject({ model: 'gpt-4o-mini', total_token_count: 13 })
  })

  it('does not set up twice', async () => {
    await page.goto(appliance.setupLink)
    await expectText('h1', 'set up already')
  })
})

describe('the home page', () => {
  it('shows how it goes, and new traces by themselves', async () => {
    await page.goto(appliance.origin)
    await expectText('.facts', 'ready')
    await page.getByText('live', { exact: true }).waitFor()
    await expectText('tbody', 'chat gpt-4o-mini')
    const traces = `${appliance.origin}/v1/ingest`
    await page.request.post(traces, {
      data: { name: '<b>second</b>', error: 'boom' },
      headers: { Origin: appliance.origin },
    })
    await expectText('tbody tr:first-child', '<b>second</b>')
    await expectText('tbody tr:first-child .mark', 'error')
  })

  it('signs out, and in again', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click()
    await expectText('h1', 'Sign in')
    await fillOwner()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expectText('h1', 'Analytical Engines')
  })

  it('fits a small screen', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    await page.locator('tbody tr').first().waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400)
    await page.setViewportSize({ width: 1280, height: 800 })
  })
})

describe('the API reference', () => {
  it('draws every operation', async () => {
    await page.goto(`${appliance.origin}/docs`)
    await page.getByRole('navigation').getByText('Store one trace with its spans and events').waitFor()
    const routes = await operations()
    expect(routes.length).toBeGreaterThan(20)
    for (const route of routes) {
      await open(route)
      await page.locator(`[id="${route}"] api-response`).waitFor()
    }
  })

  it('tries one', async () => {
    await open('get-/health')
    await page.getByRole('button', { name: 'Execute' }).click()
    await page.getByText('Response Status: OK (200)').waitFor()
  })
})

describe('what is served', () => {
  it('may be kept for ever if its name says what it holds, and nothing is inline', async () => {
    const html = await page.request.get(`${appliance.origin}/setup`)
    expect(html.headers()).toMatchObject({ 'cache-control': 'no-cache' })
    expect(html.headers()['content-security-policy']).not.toContain('unsafe')
    const asset = /src="(\/assets\/[^"]+\.js)"/.exec(await html.text())?.[1]
    const script = await page.request.get(`${appliance.origin}${asset}`)
    expect(script.headers()).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable' })
  })
})

/** Every operation of the document, by the name that the explorer gives its place. */
async function operations(): Promise<string[]> {
  const answer = await page.request.get(`${appliance.origin}/v1/openapi.json`)
  const { paths } = (await answer.json()) as { paths: Record<string, object> }
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method}-${path.replace(/[\s#:?&={}-]+/g, '-')}`),
  )
}

const open = (route: string): Promise<void> =>
  page.evaluate((to) => {
    location.hash = `#?route=${to}`
  }, route)

async function fillOwner(): Promise<void> {
  await page.getByLabel('E-mail').fill(OWNER.email)
  await page.getByLabel('Password').fill(OWNER.password)
}

/** Waits until the first such element says this. */
const expectText = (selector: string, hasText: string): Promise<void> =>
  page.locator(selector).filter({ hasText }).first().waitFor()
