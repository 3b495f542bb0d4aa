import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { type Appliance, startAppliance } from '../src/ui/e2e/appliance.ts'
import { launchBrowser } from '../src/ui/e2e/browser.ts'
import { settled } from '../src/ui/e2e/settled.ts'

/**
 * Every page with demo data, light and dark, as pictures in `docs/screenshots/`, or in the directory that `-- --out` names. `npm run build`
 * comes first. `-- trace sql` takes some of them. What people write to a model has emoji: without a font for them (Debian's
 * fonts-noto-color-emoji) they are boxes on the pictures.
 */
const { values: flags, positionals: wanted } = parseArgs({
  options: { out: { type: 'string', default: 'docs/screenshots' } },
  allowPositionals: true,
})
const OUT = flags.out
const WIDE = { width: 1440, height: 900 }
const NARROW = { width: 400, height: 860 }
const THEMES = ['light', 'dark'] as const
/** Small enough to be kept in the repository, sharp enough to be read. */
const QUALITY = 76
const OWNER = { email: 'ada@example.com', password: 'a long enough password', name: 'Ada Lovelace' }
const SQL = `SELECT
  model,
  count(*) AS calls,
  round(sum(cost), 2) AS dollars,
  round(quantile_cont(latency_ms, 0.95)) AS p95_ms,
  round(100.0 * sum(cache_read_tokens) / sum(prompt_tokens), 1) AS cached_percent
FROM calls
WHERE model IS NOT NULL
GROUP BY model
ORDER BY dollars DESC`

interface Shot {
  name: string
  path: string
  /** What the page is there for. */
  ready: string
  /** What a person does before it is worth a picture. */
  act?: (page: Page) => Promise<void>
  /** What a telephone does not show, or shows the same. */
  wideOnly?: boolean
}

const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name)

/** Calls to the appliance as the owner, who is signed in by the first. */
class Owner {
  readonly #page: Page
  readonly #origin: string
  readonly #headers: Record<string, string>

  constructor(page: Page, origin: string) {
    this.#page = page
    this.#origin = origin
    this.#headers = { Origin: origin }
  }

  async get<T>(place: string): Promise<T> {
    return (await (await this.#page.request.get(this.#origin + place)).json()) as T
  }

  async post<T>(place: string, data: object = {}, key?: string): Promise<T> {
    const headers = key === undefined ? this.#headers : { Authorization: `Bearer ${key}` }
    const answer = await this.#page.request.post(this.#origin + place, { data, headers })
    return (await answer.json().catch(() => undefined)) as T
  }

  async until<T>(ask: () => Promise<T>, done: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const answer = await ask()
      if (done(answer)) return answer
      await this.#page.waitForTimeout(500)
    }
  }
}

/** Demo data, and what it does not bring: keys, letters that could not be delivered, hours that were looked at. Answers its project. */
async function furnish(owner: Owner, key: string): Promise<string> {
  await owner.post('/v1/demo')
  const demo = await owner.until(
    () => owner.get<{ state: string; project_id: string }>('/v1/demo'),
    ({ state }) => state !== 'loading',
  )
  await owner.post('/v1/apikeys', { name: 'checkout-service' })
  await owner.post('/v1/apikeys', { name: 'grafana', scopes: ['query'] })
  await owner.post('/v1/apikeys', { name: 'nightly evaluation of the support assistant' })
  await owner.post('/v1/ingest/batch', { traces: [{ name: 'refund-agent', latency_ms: 'fast' }] }, key)
  await owner.post('/v1/ingest/batch', { traces: [{ name: 'refund-agent', spans: [{ type: 'llm' }] }] }, key)
  await owner.post('/v1/schedules/anomalies.detect/run')
  await owner.until(
    () => owner.get<{ tasks: { kind: string; state: string }[] }>('/v1/tasks?limit=50'),
    ({ tasks }) => tasks.every(({ state }) => state !== 'queued' && state !== 'running'),
  )
  return demo.project_id
}

async function shots(owner: Owner, project: string): Promise<Shot[]> {
  const { traces } = await owner.get<{ traces: { id: string; span_count: number }[] }>(
    `/v1/traces?project_id=${project}&name=order-agent&error=true&limit=50`,
  )
  const { sessions } = await owner.get<{ sessions: { id: string; trace_count: number }[] }>(
    `/v1/sessions?project_id=${project}&limit=100`,
  )
  const trace = traces.toSorted((a, b) => b.span_count - a.span_count)[0]?.id ?? ''
  const session = sessions.toSorted((a, b) => b.trace_count - a.trace_count)[0]?.id ?? ''
  const scope = `project=${project}&range=7d`
  const rows = '.list-rows .list-cell, .list-card'
  return [
    { name: 'traces', path: `/traces?${scope}`, ready: rows },
    {
      name: 'traces-panel',
      path: `/traces?${scope}&error=true&peek=${trace}`,
      ready: '.peek .span-section',
      wideOnly: true,
    },
    { name: 'traces-search', path: `/traces?${scope}&q=refund`, ready: '.list mark' },
    { name: 'trace', path: `/traces/${trace}?${scope}`, ready: '.span-section' },
    {
      name: 'trace-find',
      path: `/traces/${trace}?${scope}`,
      ready: '.span-section',
      act: async (page) => {
        await page.getByLabel('Search in this trace').fill('order')
        await page.getByLabel('Search in this trace').press('Enter')
        await page.locator('.waterfall-search [data-busy="false"]').waitFor()
      },
    },
    {
      name: 'trace-cost',
      path: `/traces/${trace}?${scope}`,
      ready: '.span-section',
      act: async (page) => {
        await page.locator('.figure-button').click()
        await page.locator('.costs .usage-sum').waitFor()
      },
    },
    {
      name: 'trace-peek',
      path: `/traces/${trace}?${scope}`,
      ready: '.span-section',
      act: async (page) => {
        for (const key of ['ArrowUp', 'ArrowUp', ' ']) await page.keyboard.press(key)
        await page.locator('.span-peek dd').first().waitFor()
      },
      wideOnly: true,
    },
    { name: 'transcript', path: `/traces/${trace}?${scope}&view=transcript`, ready: '.said' },
    { name: 'trace-json', path: `/traces/${trace}?${scope}&view=json`, ready: '.json-line' },
    { name: 'sessions', path: `/sessions?${scope}`, ready: rows },
    { name: 'session', path: `/sessions/${session}?${scope}`, ready: '.turn' },
    { name: 'metrics', path: `/charts?${scope}`, ready: '.metric-panel .u-over' },
    { name: 'failures', path: `/failures?${scope}`, ready: rows },
    {
      name: 'failure',
      path: `/failures?${scope}`,
      ready: rows,
      act: async (page) => {
        await page.locator('.list-rows .list-row').first().click()
        await page.locator('.cluster .pairs').first().waitFor()
      },
    },
    { name: 'anomalies', path: `/anomalies?${scope}`, ready: `${rows}, .empty` },
    { name: 'feedback', path: `/feedback?${scope}`, ready: rows },
    { name: 'settings-projects', path: '/settings/projects', ready: 'td' },
    { name: 'settings-keys', path: '/settings/keys', ready: 'td' },
    { name: 'settings-ingestion', path: '/settings/ingestion', ready: '.totals' },
    { name: 'settings-dead-letters', path: '/settings/dead-letters', ready: 'td' },
    { name: 'settings-tasks', path: '/settings/tasks', ready: 'td' },
    { name: 'settings-prices', path: '/settings/prices', ready: 'td' },
    {
      name: 'settings-sql',
      path: `/settings/sql?sql=${encodeURIComponent(SQL)}`,
      ready: '.sql-schema li',
      act: async (page) => {
        await page.getByLabel('SQL').press('Control+Enter')
        await page.locator('.sql-said').filter({ hasText: 'rows' }).waitFor()
      },
    },
    { name: 'settings-usage', path: '/settings/usage', ready: '.u-over' },
    { name: 'settings-demo', path: '/settings/demo', ready: '.prose' },
    { name: 'settings-appearance', path: '/settings/appearance', ready: '.choice' },
    { name: 'api-reference', path: '/docs#?route=post-/v1/ingest', ready: 'api-response' },
    {
      name: 'keyboard',
      path: `/traces/${trace}?${scope}`,
      ready: '.span-section',
      act: async (page) => {
        await page.keyboard.press('?')
        await page.locator('.key-sheet dt').first().waitFor()
      },
      wideOnly: true,
    },
    {
      name: 'palette',
      path: `/traces?${scope}`,
      ready: rows,
      act: async (page) => {
        await page.keyboard.press('Control+k')
        await page.keyboard.type('re')
        await page.getByRole('option').first().waitFor()
      },
    },
  ]
}

/** Of a page, or without an address of what is there. */
async function shoot(page: Page, url: string | null, { name, ready, act }: Omit<Shot, 'path'>, suffix = '') {
  if (url !== null) await page.goto(url)
  await page.locator(ready).first().waitFor()
  await act?.(page)
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await settled(page)
    // Fonts are there, and what follows the size of the page or the colours of the theme has been drawn.
    await page.evaluate(async () => {
      await document.fonts.ready
      for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve))
    })
    const file = path.join(OUT, `${name}${suffix}-${colorScheme}.jpg`)
    await page.screenshot({ path: file, type: 'jpeg', quality: QUALITY })
  }
}

async function run(appliance: Appliance, browser: Browser): Promise<void> {
  const { origin } = appliance
  const page = await browser.newPage({ viewport: WIDE })
  const key = await firstRun(page, appliance)
  const owner = new Owner(page, origin)
  const project = await furnish(owner, key)
  const all = (await shots(owner, project)).filter(({ name }) => isWanted(name))
  for (const shot of all) await shoot(page, origin + shot.path, shot)
  await page.setViewportSize(NARROW)
  for (const shot of all) if (!shot.wideOnly) await shoot(page, origin + shot.path, shot, '-400')
  const stranger = await browser.newPage()
  await shootBoth(stranger, `${origin}/traces`, { name: 'sign-in', ready: 'form' })
}

/** As the first person sees it: the form of the printed link, the key and the wait for a trace, a list with nothing in it. Answers the key. */
async function firstRun(page: Page, { origin, setupLink }: Appliance): Promise<string> {
  await shootBoth(page, setupLink, { name: 'set-up', ready: 'form' })
  await page.goto(setupLink)
  await page.getByLabel('Organisation').fill('Fjordgear')
  await page.getByLabel('Your name').fill(OWNER.name)
  await page.getByLabel('E-mail').fill(OWNER.email)
  await page.getByLabel('Password').fill(OWNER.password)
  await page.getByRole('button', { name: 'Create' }).click()
  const key = (await page.locator('#key').textContent()) ?? ''
  // The key is shown once: what is on the page now cannot be opened again.
  await shootBoth(page, null, { name: 'first-steps', ready: '#key' })
  await shootBoth(page, `${origin}/traces`, { name: 'traces-empty', ready: '.empty' })
  return key
}

/** On a telephone and on a desk. */
async function shootBoth(page: Page, url: string | null, shot: Omit<Shot, 'path'>): Promise<void> {
  if (!isWanted(shot.name)) return
  await page.setViewportSize(NARROW)
  await shoot(page, url, shot, '-400')
  await page.setViewportSize(WIDE)
  await shoot(page, url, shot)
}

mkdirSync(OUT, { recursive: true })
const old = wanted.length > 0 ? [] : readdirSync(OUT).filter((name) => name.endsWith('.jpg'))
for (const name of old) rmSync(path.join(OUT, name))
const [appliance, browser] = await Promise.all([startAppliance(), launchBrowser()])
try {
  await run(appliance, browser)
} finally {
  await browser.close()
  await appliance.stop()
}
