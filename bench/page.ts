import type { Browser, BrowserContext, CDPSession } from 'playwright-core'

export const OWNER = { email: 'bench@example.com', password: 'a long enough password' }
/** What the appliance is started with, so that somebody may sign in. */
export const OWNER_ENV = { TRULAYER_OWNER_EMAIL: OWNER.email, TRULAYER_OWNER_PASSWORD: OWNER.password }

export async function signedIn(browser: Browser, url: string): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const answer = await context.request.post(`${url}/v1/auth/login`, { data: OWNER, headers: { Origin: url } })
  if (!answer.ok()) throw new Error(`the sign-in was answered ${answer.status()}`)
  return context
}

/** Megabytes that the page holds on to. */
export async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize / 1_000_000
}
