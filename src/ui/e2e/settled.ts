import type { Page } from 'playwright-core'

/** Nothing on the page waits for an answer any more. What the page is there for must be on it already. */
export const settled = async (page: Page): Promise<void> => {
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"], .skeleton'))
}
