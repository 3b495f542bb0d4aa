import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { PASSWORD, TestApp } from '../../api/testing/app.ts'
import { type EvaluationId, newId, type SpanId, type TraceId } from '../../ids.ts'
import type { EvaluationFact } from '../../storage/telemetry/facts.ts'
import { evaluationFact } from '../../storage/telemetry/testing.ts'
import { launchBrowser } from './browser.ts'
import { INSTALL_MS, WIDE } from './dashboard.ts'
import { someTraces } from './traces.ts'
import { Watch } from './watch.ts'

let app: TestApp
let browser: Browser
let page: Page
let watch: Watch
let trace: TraceId

beforeAll(async () => {
  ;[app, browser] = await Promise.all([TestApp.start(), launchBrowser()])
  page = await browser.newPage({ viewport: WIDE })
  watch = new Watch(page, app.url)
  const { body } = await app.call('POST /v1/ingest', { send: someTraces(1)[0] ?? {} })
  trace = body.id
  const spans = (await app.trace(trace)).spans ?? []
  const span = (name: string) => spans.find((one) => one.name.startsWith(name))?.id as SpanId
  await evaluated({ score: 0.91, label: 'pass', reasoning: 'Everything it says is in the documents.' })
  await evaluated({ spanId: span('chat'), score: 0.22, label: 'fail', reasoning: 'It names a day that nobody said.' })
  await evaluated({ spanId: span('chat'), metric: 'tone', score: 0.8, label: 'pass', evaluatorType: 'rule' })
  await evaluated({ spanId: span('retrieve'), metric: 'relevance', status: 'failed', score: null, error: 'No answer.' })
  await app.person(app.tenantId, 'ada@example.com', 'owner')
  await page.request.post(`${app.url}/v1/auth/login`, {
    data: { email: 'ada@example.com', password: PASSWORD },
    headers: { Origin: app.url },
  })
}, INSTALL_MS)

afterAll(async () => {
  await browser?.close()
  await app?.stop()
})

afterEach(() => watch.expectQuiet())

/** Evaluations have no way in of their own yet: they are stated as the jobs will do it. */
const evaluated = (fields: Partial<EvaluationFact>) =>
  app.telemetry.append({
    traces: [],
    deadLetters: [],
    facts: [
      evaluationFact({
        ...{ id: newId<EvaluationId>(), tenantId: app.tenantId, traceId: trace, judgeModel: 'gpt-4o' },
        ...{ createdAt: app.clock.now(), ...fields },
      }),
    ],
  })

const row = (name: string) => page.locator('.span-row', { hasText: name })

it('stand over the trace, the worst first, and open to all that was scored', async () => {
  await page.goto(`${app.url}/traces/${trace}`)
  const marks = page.locator('.trace-head .figure-mark')
  await marks.first().waitFor()
  expect(await marks.allTextContents()).toEqual(['faithfulness 0.22 +1', 'tone 0.80', 'relevance failed'])
  await marks.first().click()
  const open = page.locator('.popover.said-of')
  await open.getByText('It names a day that nobody said.').waitFor()
  await open.getByText('The whole trace').waitFor()
  await open.getByText('0.91, pass').waitFor()
  await watch.expectAccessible()
  await open.getByRole('button', { name: 'chat gpt-4o-mini' }).click()
  await page.locator('.span-row[aria-selected="true"]', { hasText: 'chat' }).waitFor()
})

it('stand at the steps that were evaluated, and in what is said of each', async () => {
  await page.goto(`${app.url}/traces/${trace}`)
  await row('chat').locator('.verdict[data-verdict="bad"]').waitFor()
  expect(await row('chat').locator('.verdict').getAttribute('aria-label')).toBe('faithfulness 0.22, tone 0.80')
  await row('retrieve').locator('.verdict[data-verdict="off"]').waitFor()
  expect(await row('lookup_order').locator('.verdict').count()).toBe(0)
  await row('chat').click()
  const marks = page.locator('.span-head .figure-mark')
  await page.locator('.span-title h2', { hasText: 'chat' }).waitFor()
  expect(await marks.allTextContents()).toEqual(['faithfulness 0.22', 'tone 0.80'])
  await marks.last().click()
  await page.locator('.popover.said-of', { hasText: 'a rule' }).waitFor()
  await page.keyboard.press('Escape')
  await row('retrieve').click()
  await page.locator('.span-head .figure-mark').click()
  await page.locator('.popover.said-of', { hasText: 'No answer.' }).waitFor()
})

it('fit a telephone', async () => {
  await page.goto(`${app.url}/traces/${trace}`)
  await page.locator('.trace-head .figure-mark').first().waitFor()
  await watch.expectFits()
})
