import { readFileSync } from 'node:fs'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'

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

export interface Held {
  /** Megabytes of script's own. */
  heap: number
  /** Elements and texts, also those that are on no page any more. */
  nodes: number
  listeners: number
  /** Megabytes of the process that draws the page, whatever they are for. */
  resident: number
}

/** What a page holds after all that can be freed is freed. */
export async function held(page: Page, session: CDPSession): Promise<Held> {
  // Twice: what the first frees may hold other things.
  await heap(session)
  const used = await heap(session)
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters')
  return { heap: used, nodes, listeners: jsEventListeners, resident: await residentOf(page) }
}

async function residentOf(page: Page): Promise<number> {
  const browser = page.context().browser()
  if (!browser) throw new Error('the page has no browser')
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]) / 1_000)
  return Math.max(...sizes)
}
