import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { type Appliance, startAppliance } from './appliance.ts'
import { launchBrowser } from './browser.ts'
import { Watch } from './watch.ts'

/** Room for installing a browser once. */
export const INSTALL_MS = 240_000
export const WIDE = { width: 1280, height: 800 }
const OWNER = { email: 'ada@example.com', password: 'a long enough password', organization: 'Analytical Engines' }

/** What ships, set up, and a browser whose person is its owner. */
export class Dashboard {
  readonly appliance: Appliance
  readonly browser: Browser
  readonly page: Page
  readonly watch: Watch
  #key = ''

  private constructor(appliance: Appliance, browser: Browser, page: Page) {
    this.appliance = appliance
    this.browser = browser
    this.page = page
    this.watch = new Watch(page, appliance.origin)
  }

  static async start(): Promise<Dashboard> {
    const [appliance, browser] = await Promise.all([startAppliance(), launchBrowser()])
    const dashboard = new Dashboard(appliance, browser, await browser.newPage({ viewport: WIDE }))
    await dashboard.#setUp()
    return dashboard
  }

  /** Makes the owner over the API, which also signs the browser in. */
  async #setUp(): Promise<void> {
    const token = new URL(this.appliance.setupLink).searchParams.get('token')
    const { key } = await this.asOwner<{ key: { key: string } }>('/v1/auth/setup', { ...OWNER, token })
    this.#key = key.key
  }

  async stop(): Promise<void> {
    await this.browser.close()
    await this.appliance.stop()
  }

  url(path: string): string {
    return `${this.appliance.origin}${path}`
  }

  open(path: string) {
    return this.page.goto(this.url(path))
  }

  /** As an application does it, with a key. */
  post(path: string, data: object) {
    return this.page.request.post(this.url(path), { data, headers: { Authorization: `Bearer ${this.#key}` } })
  }

  /** As the dashboard does it. */
  async asOwner<T>(path: string, data: object = {}): Promise<T> {
    const answer = await this.page.request.post(this.url(path), { data, headers: { Origin: this.appliance.origin } })
    return (await answer.json()) as T
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.page.request.get(this.url(path))).json()) as T
  }

  async send(traces: object[]): Promise<void> {
    for (let i = 0; i < traces.length; i += 100) {
      const some = traces.slice(i, i + 100)
      const answer = await this.post('/v1/ingest/batch', { traces: some })
      expect(await answer.json()).toMatchObject({ errors: [], ingested: some.length })
    }
  }

  /** Waits until the first such element says this. */
  shows(selector: string, hasText: string | RegExp): Promise<void> {
    return this.page.locator(selector).filter({ hasText }).first().waitFor()
  }

  /** The two times of the address, in milliseconds. */
  within(): { from: number; to: number } {
    const [from = Number.NaN, to = Number.NaN] = ['from', 'to'].map((name) => Date.parse(this.search().get(name) ?? ''))
    return { from, to }
  }

  /** When the rows of the list began, in milliseconds. */
  async times(): Promise<number[]> {
    const all = await this.page
      .locator('.list-rows time')
      .evaluateAll((some) => some.map((one) => (one as HTMLTimeElement).dateTime))
    return all.map((text) => Date.parse(text))
  }

  search(): URLSearchParams {
    return new URL(this.page.url()).searchParams
  }
}
