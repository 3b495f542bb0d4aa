import { demoIncidents, demoTraffic, type Incident } from '../../demo/traffic.ts'
import { Detector } from '../../jobs/anomalies/detector.ts'
import type { Analytics } from '../../storage/analytics/analytics.ts'
import type { AnomalyRow } from '../../storage/control/schema.ts'
import { TestControl } from '../../storage/control/testing.ts'
import { TestApp } from './app.ts'
import { type PlainAsk, plainAnswer, plainFacts } from './plain-hours.ts'

const DAY = 24 * 3_600_000

export interface Replay {
  planted: Incident[]
  found: AnomalyRow[]
}

/** Takes in two weeks of the demo shop, with what was planted in them, and lets the detector look at each day as it would have. */
export async function replayDemo(options: { seed: number; tracesPerDay?: number }): Promise<Replay> {
  const app = await TestApp.start()
  try {
    const start = app.clock.now()
    app.clock.advance(14 * DAY)
    const traffic = { ...options, now: app.clock.now(), days: 14 }
    const [native, otlp] = [await keyOf(app, 'Shop'), await keyOf(app, 'Handbook')]
    for (const stretch of demoTraffic(traffic)) {
      for (let i = 0; i < stretch.native.length; i += 100)
        await send(app, 'POST /v1/ingest/batch', native, { traces: stretch.native.slice(i, i + 100) })
      if (stretch.otlp) await send(app, 'POST /v1/otlp/traces', otlp, stretch.otlp)
    }
    const clock = { now: () => at, after: () => () => undefined }
    let at = start
    const detector = new Detector({ analytics: app.analytics, telemetry: app.telemetry, control: app.control, clock })
    const found: AnomalyRow[] = []
    for (at = start + DAY; at <= start + 14 * DAY; at += DAY) found.push(...(await detector.look(app.tenantId)))
    return { planted: demoIncidents(traffic), found }
  } finally {
    await app.stop()
  }
}

/**
 * The same without an appliance, in a tenth of the time: what the traffic comes to is worked out here, plainly, and the detector asks this
 * instead of the mirror. `npm run bench:anomalies` goes the whole way.
 */
export async function replayDemoPlainly(options: { seed: number; tracesPerDay: number }): Promise<Replay> {
  const control = new TestControl()
  try {
    const tenantId = await control.addTenant('Shop')
    const start = control.clock.now()
    const traffic = { ...options, now: start + 14 * DAY, days: 14 }
    const [shop, handbook] = [
      await control.addProject(tenantId, 'Shop'),
      await control.addProject(tenantId, 'Handbook'),
    ]
    const facts = plainFacts(traffic, shop.id, handbook.id)
    const clock = { now: () => at, after: () => () => undefined }
    let at = start
    const analytics = {
      ask: async (name: string, ask: PlainAsk) => ({ value: plainAnswer(facts, name, ask), behind: 0 }),
    }
    const services = {
      analytics: analytics as unknown as Analytics,
      telemetry: { head: 0 },
      control: control.store,
      clock,
    }
    const detector = new Detector(services)
    const found: AnomalyRow[] = []
    for (at = start + DAY; at <= start + 14 * DAY; at += DAY) found.push(...(await detector.look(tenantId)))
    return { planted: demoIncidents(traffic), found }
  } finally {
    await control.close()
  }
}

async function keyOf(app: TestApp, name: string): Promise<string> {
  const project = await app.addProject(app.tenantId, name)
  return app.addKey(app.tenantId, { project })
}

async function send(app: TestApp, line: string, as: string, body: object): Promise<void> {
  const { status, text } = await app.call(line, { as, send: body })
  if (status > 201) throw new Error(`${line} answered ${status}: ${text}`)
}

/** Is it one of those that were planted? An hour that an incident spills into counts for it. */
export const explains = (incident: Incident, anomaly: AnomalyRow): boolean =>
  incident.kind === anomaly.type && anomaly.bucket_at >= incident.from - 3_600_000 && anomaly.bucket_at <= incident.to
