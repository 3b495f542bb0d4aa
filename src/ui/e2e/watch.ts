import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect, vi } from 'vitest'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What a page may take on a machine that is busy with other things, before it counts as broken. */
export const PATIENCE_MS = 30_000
vi.setConfig({ testTimeout: 3 * PATIENCE_MS })

/** The rules of axe that look at colours. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block']

const TELEPHONE = { width: 400, height: 800 }

interface Finding {
  id: string
  help: string
  nodes: { html: string; failureSummary?: string }[]
}

/** Sees what a page says on its console and where it goes; what breaks the Content-Security-Policy comes as an error there too. */
export class Watch {
  readonly #page: Page
  readonly #origin: string
  readonly #requests: string[] = []
  readonly #complaints: string[] = []

  constructor(page: Page, origin: string) {
    this.#page = page
    this.#origin = origin
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('request', (request) => this.#requests.push(request.url()))
    page.on('console', (message) => message.type() === 'error' && this.#complaints.push(message.text()))
    page.on('pageerror', (error) => this.#complaints.push(error.message))
  }

  /** An error that the test provoked: the browser logs every answer that is none, though maybe only after the page has shown it. */
  async forgive(which: RegExp): Promise<void> {
    await expect.poll(() => this.#complaints, { timeout: PATIENCE_MS }).toContainEqual(expect.stringMatching(which))
    const left = this.#complaints.splice(0).filter((text) => !which.test(text))
    this.#complaints.push(...left)
  }

  /** No error was logged, and no request left the appliance. */
  expectQuiet(): void {
    expect(this.#complaints.splice(0)).toEqual([])
    const elsewhere = this.#requests
      .splice(0)
      .filter((url) => !url.startsWith(`${this.#origin}/`) && !/^(?:data|blob):/.test(url))
    expect(elsewhere).toEqual([])
  }

  /** Axe finds nothing on the page as it is now, in light and in dark, which differ in their colours alone. */
  async expectAccessible(): Promise<void> {
    for (const [colorScheme, rules] of [['light'], ['dark', OF_COLOURS]] as const) {
      await this.#page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      expect(await this.#findings(rules), colorScheme).toEqual([])
    }
    await this.#page.emulateMedia({ colorScheme: null, reducedMotion: null })
  }

  /** On a telephone nothing of the page is wider than it, and axe finds nothing either. */
  async expectFits(): Promise<void> {
    const before = this.#page.viewportSize()
    await this.#page.setViewportSize(TELEPHONE)
    await this.expectAccessible()
    expect(await this.#page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(TELEPHONE.width)
    if (before) await this.#page.setViewportSize(before)
  }

  /** By all rules, or by some. */
  async #findings(runOnly?: readonly string[]): Promise<string[]> {
    // Evaluated by the debugger, which no policy of the page binds.
    if (!(await this.#page.evaluate(() => 'axe' in window))) await this.#page.evaluate(AXE)
    const options = { resultTypes: ['violations'], ...(runOnly ? { runOnly } : {}) }
    const { violations } = await this.#page.evaluate((given) => {
      const { axe } = window as unknown as { axe: { run(options: object): Promise<{ violations: Finding[] }> } }
      return axe.run(given)
    }, options)
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(
        ({ html, failureSummary }) => `${id}: ${help}: ${html}
${failureSummary}`,
      ),
    )
  }
}
