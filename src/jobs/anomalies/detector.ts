import { z } from 'zod'
import { type Clock, rfc3339 } from '../../clock.ts'
import { type AnomalyId, newId, type ProjectId, type TenantId } from '../../ids.ts'
import type { Analytics } from '../../storage/analytics/analytics.ts'
import type { HourRow } from '../../storage/analytics/questions/hourly.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { AnomalyRow } from '../../storage/control/schema.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import { perform, type TaskBinding, taskKind } from '../registry.ts'
import {
  type History,
  HOUR,
  type Hour,
  type Judged,
  judge,
  judgeMetric,
  type Metric,
  severityOf,
  TAIL_LEVELS,
  TYPE_OF,
} from './detect.ts'

const WEEK = 7 * 24 * HOUR
/** Hours that are judged again each time, for what arrived late; what was reported stays as it was. */
const LOOK_BACK_HOURS = 24
/** Traces that end and arrive late still count for their hour. */
const GRACE_MS = 5 * 60_000
/** Each time it is waited for what is not there yet, some seconds. */
const MOST_TRIES = 20
/** Latencies that must be known for their tail to mean something. */
const TAIL_SUPPORT = 200

export interface DetectorServices {
  analytics: Pick<Analytics, 'ask'>
  telemetry: Pick<Telemetry, 'head'>
  control: ControlStore
  clock: Clock
}

export const detectAnomalies = taskKind({
  name: 'anomalies.detect',
  payload: z.object({}),
  maxAttempts: 3,
  concurrency: 1,
})

/** Looks at the last full hours of every project, and reports what is out of the ordinary, once. */
export const detectAnomaliesWork = (services: DetectorServices): TaskBinding =>
  perform(detectAnomalies, async (_, { signal, progress, log }) => {
    const detector = new Detector(services)
    let reported = 0
    for (const [i, tenant] of (await services.control.tenants.list()).entries()) {
      signal.throwIfAborted()
      for (const anomaly of await detector.look(tenant.id)) {
        reported += 1
        log.info({ anomaly: anomaly.id, type: anomaly.type, project: anomaly.project_id }, 'an anomaly was found')
      }
      progress({ done: i + 1 })
    }
    return { reported }
  })

export class Detector {
  readonly #services: DetectorServices

  constructor(services: DetectorServices) {
    this.#services = services
  }

  /** Judges the last hours of a tenant's projects, or more of them of one. Answers what is new. */
  async look(
    tenantId: TenantId,
    { projectId, hours = LOOK_BACK_HOURS }: { projectId?: ProjectId; hours?: number } = {},
  ): Promise<AnomalyRow[]> {
    const { clock, control } = this.#services
    const end = Math.floor((clock.now() - GRACE_MS) / HOUR) * HOUR
    const found: AnomalyRow[] = []
    for (const day of daysOf(end - hours * HOUR, end)) {
      const projects = await this.#whole(tenantId, projectId, day)
      for (const [projectId, history] of projects) {
        for (let at = day.first; at < day.end; at += HOUR) {
          for (const judged of judge(history, at)) {
            if (judged.anomalous) found.push(await this.#report(tenantId, projectId, judged))
          }
        }
      }
    }
    return control.anomalies.report(found)
  }

  /** What was usual, and what was, hour by hour: for charts. Hours of which too little is known are left out. */
  async band(tenantId: TenantId, projectId: ProjectId, metric: Metric, from: number, to: number): Promise<Judged[]> {
    const judged: Judged[] = []
    for (const day of daysOf(Math.floor(from / HOUR) * HOUR, Math.floor(to / HOUR) * HOUR + HOUR)) {
      const history = (await this.#histories(tenantId, projectId, day)).projects.get(projectId)
      if (!history) continue
      for (let at = day.first; at < day.end; at += HOUR) {
        const one = judgeMetric(history, at, metric)
        if (one) judged.push(one)
      }
    }
    return judged
  }

  /** Hours of which a part is not there yet look like a breakdown, so this waits until all of them are. */
  async #whole(tenantId: TenantId, projectId: ProjectId | undefined, day: Day) {
    for (let tries = 1; ; tries++) {
      const { projects, behind } = await this.#histories(tenantId, projectId, day)
      if (behind === 0) return projects
      if (tries === MOST_TRIES)
        throw new Error(`${behind} changes are not in the charts yet; without them nothing is judged`)
    }
  }

  async #histories(
    tenantId: TenantId,
    projectId: ProjectId | undefined,
    { first, end }: Day,
  ): Promise<{ projects: Map<ProjectId, History>; behind: number }> {
    const { analytics, telemetry } = this.#services
    // A week and an hour before the first hour: its hour of the week has one beside it.
    const range = { from: first - WEEK - HOUR, to: end - 1 }
    const only = projectId === undefined ? {} : { projectId }
    const { head } = telemetry
    const { value: rows, behind } = await analytics.ask('hourly', { tenantId, range, ...only }, head)
    const tailRange = { from: first - WEEK, to: first - 1 }
    const ask = { tenantId, range: tailRange, levels: [...TAIL_LEVELS], ...only }
    const { value: tails } = await analytics.ask('latencyTails', ask, head)
    const byProject = new Map<ProjectId, HourRow[]>()
    for (const row of rows) byProject.set(row.projectId, [...(byProject.get(row.projectId) ?? []), row])
    const histories = new Map<ProjectId, History>()
    for (const [id, hours] of byProject) {
      const tail = tails.find((one) => one.projectId === id && one.count >= TAIL_SUPPORT)
      histories.set(id, {
        hours: new Map(
          hours.map(({ at, count, errors, latencyP95 }): [number, Hour] => [at, { at, count, errors, latencyP95 }]),
        ),
        since: hours[0]?.at ?? first,
        tail: tail?.values ?? null,
      })
    }
    return { projects: histories, behind }
  }

  async #report(tenantId: TenantId, projectId: ProjectId, judged: Judged): Promise<AnomalyRow> {
    const { clock } = this.#services
    const now = clock.now()
    const { metric, at, observed, expected, sigma, low, high, distance } = judged
    return {
      id: newId<AnomalyId>(now),
      tenant_id: tenantId,
      project_id: projectId,
      type: TYPE_OF[metric],
      severity: severityOf(distance),
      description: describe(judged),
      trace_id: await this.#representative(tenantId, projectId, judged),
      bucket_at: at,
      detected_at: now,
      metadata: JSON.stringify({
        ...{ metric, bucket_start: rfc3339(at), bucket_end: rfc3339(at + HOUR), project_id: projectId },
        ...{ observed, expected, sigma, distance, band: { low, high } },
      }),
    }
  }

  async #representative(
    tenantId: TenantId,
    projectId: ProjectId,
    { metric, at, observed }: Judged,
  ): Promise<string | null> {
    const { analytics, telemetry } = this.#services
    const by = { latency_p95: { latencyMs: observed ?? 0 }, error_rate: 'failed', volume: 'latest' } as const
    const ask = { tenantId, projectId, range: { from: at, to: at + HOUR - 1 }, by: by[metric] }
    return (await analytics.ask('traceNear', ask, telemetry.head)).value
  }
}

/** Hours that are judged together: what was usual before the first of them goes for all. */
interface Day {
  first: number
  end: number
}

/** The days of a stretch of hours, the oldest first. */
function daysOf(first: number, end: number): Day[] {
  const days: Day[] = []
  for (let at = first; at < end; at += LOOK_BACK_HOURS * HOUR)
    days.push({ first: at, end: Math.min(end, at + LOOK_BACK_HOURS * HOUR) })
  return days
}

/** What happened, in a sentence. */
function describe({ metric, at, observed, expected, distance }: Judged): string {
  const hour = `between ${rfc3339(at).slice(11, 16)} and ${rfc3339(at + HOUR).slice(11, 16)} UTC on ${rfc3339(at).slice(0, 10)}`
  const value = observed ?? 0
  switch (metric) {
    case 'latency_p95':
      return `One trace in twenty took ${seconds(value)} or longer ${hour}; usual at this hour is ${seconds(expected)}.`
    case 'error_rate':
      return `${percent(value)} of the traces failed ${hour}; usual at this hour is ${percent(expected)}.`
    case 'volume':
      return `${Math.round(value)} traces came ${hour}; usual at this hour are ${Math.round(expected)}, so that is ${distance > 0 ? 'many' : 'few'}.`
    default:
      return metric satisfies never
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
const percent = (rate: number): string => `${(rate * 100).toFixed(rate < 0.1 ? 1 : 0)} %`
