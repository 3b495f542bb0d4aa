import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Appliance, startAppliance } from '../src/ui/e2e/appliance.ts'
import { launchBrowser } from '../src/ui/e2e/browser.ts'

/** Every page with demo data, light and dark, as pictures in `dist/screenshots/`. `npm run build` comes first. */
const OUT = 'dist/screenshots'
const SIZE = { width: 1440, height: 900 }
const OWNER = { email: 'ada@example.com', password: 'a long enough password', name: 'Ada Lovelace' }

interface Demo {
  state: string
  project_id: string
}

async function setUp(page: Page, { origin, setupLink }: Appliance): Promise<Demo> {
  const headers = { Origin: origin }
  const token = new URL(setupLink).searchParams.get('token')
  await page.request.post(`${origin}/v1/auth/setup`, { data: { ...OWNER, token, organization: 'Fjordgear' }, headers })
  await page.request.post(`${origin}/v1/demo`, { data: {}, headers })
  for (;;) {
    const demo = (await (await page.request.get(`${origin}/v1/demo`)).json()) as Demo
    if (demo.state !== 'loading') return demo
    await page.waitForTimeout(500)
  }
}

/** Traces and sessions worth a look: a failed agent run, a long conversation. */
async function places(page: Page, origin: string, project: string): Promise<Record<string, string>> {
  const get = async <T>(url: string): Promise<T> => (await (await page.request.get(`${origin}${url}`)).json()) as T
  const { traces } = await get<{ traces: { id: string; span_count: number; error: string | null }[] }>(
    `/v1/traces?project_id=${project}&name=order-agent&error=true&limit=50`,
  )
  const { sessions } = await get<{ sessions: { id: string; trace_count: number }[] }>(
    `/v1/sessions?project_id=${project}&limit=100`,
  )
  const trace = traces.toSorted((a, b) => b.span_count - a.span_count)[0]?.id ?? ''
  const session = sessions.toSorted((a, b) => b.trace_count - a.trace_count)[0]?.id ?? ''
  const scope = `project=${project}&range=7d`
  return {
    traces: `/traces?${scope}`,
    'traces-panel': `/traces?${scope}&error=true&peek=${trace}`,
    'traces-search': `/traces?${scope}&q=refund`,
    trace: `/traces/${trace}?${scope}`,
    transcript: `/traces/${trace}?${scope}&view=transcript`,
    sessions: `/sessions?${scope}`,
    session: `/sessions/${session}?${scope}`,
    metrics: `/charts?${scope}`,
    failures: `/failures?${scope}`,
    anomalies: `/anomalies?${scope}`,
    feedback: `/feedback?${scope}`,
    'settings-projects': '/settings/projects',
    'settings-keys': '/settings/keys',
    'settings-ingestion': '/settings/ingestion',
    'settings-dead-letters': '/settings/dead-letters',
    'settings-tasks': '/settings/tasks',
    'settings-prices': '/settings/prices',
    'settings-sql': '/settings/sql',
    'settings-usage': '/settings/usage',
    'settings-demo': '/settings/demo',
    'settings-appearance': '/settings/appearance',
    narrow: `/traces?${scope}`,
  }
}

async function shoot(context: BrowserContext, url: string, name: string, theme: 'light' | 'dark'): Promise<void> {
  const page = await context.newPage()
  await page.setViewportSize(name === 'narrow' ? { width: 390, height: 844 } : SIZE)
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
  await page.goto(url)
  await page.waitForLoadState('networkidle')
  await page.waitForTimeout(400)
  await page.screenshot({ path: path.join(OUT, `${name}-${theme}.jpg`), type: 'jpeg', quality: 82 })
  await page.close()
}

async function run(appliance: Appliance, browser: Browser): Promise<void> {
  const context = await browser.newContext({ viewport: SIZE })
  const page = await context.newPage()
  for (const theme of ['light', 'dark'] as const) {
    await shoot(context, appliance.setupLink, 'set-up', theme)
  }
  const demo = await setUp(page, appliance)
  for (const [name, place] of Object.entries(await places(page, appliance.origin, demo.project_id))) {
    for (const theme of ['light', 'dark'] as const) await shoot(context, `${appliance.origin}${place}`, name, theme)
  }
}

rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT, { recursive: true })
const [appliance, browser] = await Promise.all([startAppliance(), launchBrowser()])
try {
  await run(appliance, browser)
} finally {
  await browser.close()
  await appliance.stop()
}
