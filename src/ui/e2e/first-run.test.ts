import { execFileSync } from 'node:child_process'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Appliance, startAppliance } from './appliance.ts'
import { launchBrowser } from './browser.ts'
import { Watch } from './watch.ts'

const OWNER = { email: 'ada@example.com', password: 'a long enough password' }
/** Room for installing a browser once. */
const INSTALL_MS = 240_000

let appliance: Appliance
let browser: Browser
let page: Page
let watch: Watch

beforeAll(async () => {
  ;[appliance, browser] = await Promise.all([startAppliance(), launchBrowser()])
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  watch = new Watch(page, appliance.origin)
}, INSTALL_MS)

afterAll(async () => {
  await browser?.close()
  await appliance?.stop()
})

afterEach(() => watch.expectQuiet())

// In this order: each goes on where the one before left the person.
describe('the first run', () => {
  it('asks to be set up', async () => {
    await page.goto(appliance.origin)
    await expectText('h1', 'waits to be set up')
    await watch.expectAccessible()
    await watch.expectFits()
  })

  it('makes an owner and shows the key', async () => {
    await page.goto(appliance.setupLink)
    await expectText('h1', 'Set up TruLayer')
    expect(page.url()).toBe(`${appliance.origin}/setup`)
    await watch.expectAccessible()
    await watch.expectFits()
    await page.getByRole('button', { name: 'Create' }).click()
    await expectText('.wrong', 'Organisation is needed')
    await page.getByLabel('Organisation').fill('Analytical Engines')
    await page.getByLabel('Your name').fill('Ada Lovelace')
    await fillOwner()
    await page.getByRole('button', { name: 'Create' }).click()
    await expectText('h1', 'Analytical Engines is ready')
    expect(await page.locator('#key').textContent()).toMatch(/^tl_[\w-]{20,}$/)
    await watch.expectAccessible()
    await watch.expectFits()
  })

  it('shows the first trace as it arrives, sent by the code on the page, and opens it', async () => {
    await page.getByText('Waiting for the first trace').waitFor()
    const tab = page.getByRole('tab', { name: 'curl' })
    await tab.focus()
    await tab.press('ArrowRight')
    await page.getByRole('tab', { name: 'TypeScript', selected: true }).waitFor()
    const code = (await page.getByRole('tabpanel').locator('code').textContent()) ?? ''
    execFileSync(process.execPath, ['--input-type=module', '-e', code], { stdio: 'pipe' })
    await expectText('.arrival', 'first question')
    await expectText('.arrival .mark', 'ok')
    await page.getByRole('link', { name: 'Open the trace' }).click()
    await expectText('.span-title', 'chat gpt-4o-mini')
    await expectText('.said[data-role="assistant"]', '42')
  })

  it('runs the code of the OpenTelemetry tab too', async () => {
    // The key is shown once, so the code is run with one of its own.
    const key = await newKey()
    const { otel } = await import('../pages/setup/snippets.ts')
    execFileSync(process.execPath, ['--input-type=module', '-e', otel({ base: appliance.origin, key })], {
      stdio: 'pipe',
    })
    await page.goto(`${appliance.origin}/traces`)
    await expectText('.trace-name', 'chat gpt-4o-mini')
  })

  it('does not set up twice', async () => {
    await page.goto(appliance.setupLink)
    await expectText('h1', 'set up already')
  })

  it('signs out, and in again, at the address that was asked for', async () => {
    // What the page asks is still on its way when the session ends.
    const signedOut = page.waitForResponse('**/v1/auth/logout')
    await page.route('**/v1/traces?*', (route) => signedOut.then(() => route.continue()))
    await page.goto(`${appliance.origin}/traces?error=true`)
    await page.getByRole('button', { name: /account/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await expectText('h1', 'Sign in')
    await page.unrouteAll({ behavior: 'wait' })
    await watch.expectAccessible()
    await watch.expectFits()
    await fillOwner()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expectText('.chip', 'status is')
    expect(page.url()).toBe(`${appliance.origin}/traces?error=true`)
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
  }, 120_000)

  it('is free of what axe finds, in light and dark, and fits 400 px', async () => {
    await page.goto(`${appliance.origin}/docs`)
    await page.getByText('Requests go to').waitFor()
    await watch.expectAccessible()
    await watch.expectFits()
    for (const route of ['post-/v1/ingest', 'get-/v1/traces', 'patch-/v1/projects/-id-']) {
      await open(route)
      await page.locator(`[id="${route}"] api-response`).waitFor()
      await watch.expectAccessible()
      await watch.expectFits()
    }
  }, 120_000)

  it('tries one', async () => {
    await open('get-/health')
    // Until it is there, the button of the one before is.
    await page.locator('[id="get-/health"] api-response').waitFor()
    await page.getByRole('button', { name: 'Execute' }).click()
    await page.getByText('Response Status: OK (200)').waitFor()
  })
})

describe('what is served', () => {
  it('may be kept for ever if its name says what it holds, comes compressed, and nothing is inline', async () => {
    const html = await page.request.get(`${appliance.origin}/traces`, { headers: { Accept: 'text/html' } })
    expect(html.headers()).toMatchObject({ 'cache-control': 'no-cache' })
    expect(html.headers()['content-security-policy']).not.toContain('unsafe')
    const asset = /src="(\/assets\/main-[^"]+\.js)"/.exec(await html.text())?.[1]
    const script = await page.request.get(`${appliance.origin}${asset}`, { headers: { 'Accept-Encoding': 'br' } })
    expect(script.headers()).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'br',
    })
  })

  it('answers the API where the API is asked, whoever asks', async () => {
    const answer = await page.request.get(`${appliance.origin}/v1/nothing`, { headers: { Accept: 'text/html' } })
    expect(answer.status()).toBe(404)
    expect(answer.headers()['content-type']).toContain('application/json')
    const asset = await page.request.get(`${appliance.origin}/assets/gone.js`, { headers: { Accept: 'text/html' } })
    expect(asset.status()).toBe(404)
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

async function newKey(): Promise<string> {
  const answer = await page.request.post(`${appliance.origin}/v1/apikeys`, {
    data: { name: 'otel' },
    headers: { Origin: appliance.origin },
  })
  return ((await answer.json()) as { key: string }).key
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
