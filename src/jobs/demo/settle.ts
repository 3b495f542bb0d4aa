import { setImmediate } from 'node:timers/promises'
import { demoTraffic, type Stretch } from '../../demo/traffic.ts'
import { AppError } from '../../errors.ts'
import { type FeedbackId, foreignId, type TenantId, type TraceId } from '../../ids.ts'
import type { Admission } from '../../ingest/admission.ts'
import { recordFromNative } from '../../ingest/formats/native.ts'
import { decodeOtlp, recordsFromOtlp } from '../../ingest/formats/otlp.ts'
import type { Intake } from '../../ingest/intake.ts'
import type { Job } from '../../storage/control/actor.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { DemoRow } from '../../storage/control/schema.ts'
import { eraseProject } from '../../storage/telemetry/erasing.ts'
import type { FeedbackFact } from '../../storage/telemetry/facts.ts'
import type { TraceRecord } from '../../storage/telemetry/record.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import { Detector, type DetectorServices } from '../anomalies/detector.ts'
import { PermanentFailure, perform, type TaskBinding, type TaskRun } from '../registry.ts'
import { settleDemo } from './demo.ts'

export interface DemoServices extends DetectorServices {
  telemetry: Telemetry
  admission: Admission
  intake: Intake
}

export const settleDemoWork = (services: DemoServices): TaskBinding =>
  perform(settleDemo, (_, run) => settle(services, run))

async function settle(services: DemoServices, run: TaskRun): Promise<void> {
  const actor = await jobOf(services.control, run)
  for (;;) {
    run.signal.throwIfAborted()
    const demo = await services.control.demos.get(actor.tenantId)
    if (!demo || demo.state === 'loaded') return
    if (demo.state === 'loading') await load(services, { demo, actor, run })
    else await remove(services, { demo, actor, run })
  }
}

interface Work {
  demo: DemoRow
  actor: Job
  run: TaskRun
}

/** Goes on after what is stored: the traffic is the same each time it is made. Ends early when the demo is to be removed instead. */
async function load(services: DemoServices, { demo, actor, run }: Work): Promise<void> {
  const { demos } = services.control
  let { stretches, traces } = demo
  let skip = stretches
  for (const stretch of demoTraffic({ seed: demo.seed, days: demo.days, now: demo.ends_at })) {
    // Making a stretch takes some milliseconds, in which nobody else has a turn.
    await setImmediate()
    if (skip-- > 0) continue
    run.signal.throwIfAborted()
    await store(services, actor, demo, stretch)
    stretches += 1
    traces += stretch.traces
    const { progress } = stretch
    run.progress({ done: traces, message: `${Math.floor(progress * 100)} %` })
    if (!(await demos.advance(actor.tenantId, { stretches, traces, progress }))) return
  }
  await judge(services, demo)
  await demos.finish(actor.tenantId)
}

/** As if it had been watched while it happened: what was made to go wrong is among the anomalies. */
async function judge(services: DemoServices, { tenant_id, project_id, days }: DemoRow): Promise<void> {
  await new Detector(services).look(tenant_id, { projectId: project_id, hours: days * 24 })
}

/** By the same way in as everything else, in one commit; feedback after it. */
async function store(services: DemoServices, actor: Job, demo: DemoRow, stretch: Stretch): Promise<void> {
  const { admission, clock, intake, telemetry } = services
  try {
    // Whoever is let in is held to the disk's limits; one stretch at a time is all the memory that this takes.
    const ticket = admission.enter()
    try {
      const { receipts } = await intake.submit(actor, recordsOf(stretch, { actor, demo, receivedAt: clock.now() }))
      await receipts
    } finally {
      ticket.leave()
    }
  } catch (error) {
    // Another attempt would find the same month used up.
    if (error instanceof AppError && error.code === 'plan_limit_exceeded') throw new PermanentFailure(error.message)
    throw error
  }
  if (stretch.feedback.length === 0) return
  const facts = stretch.feedback.map((one) => feedbackFact(one, demo))
  await telemetry.append({ traces: [], deadLetters: [], facts })
}

function recordsOf(
  { native, otlp }: Stretch,
  { actor, demo, receivedAt }: { actor: Job; demo: DemoRow; receivedAt: number },
): TraceRecord[] {
  const projectId = demo.project_id
  const context = { tenantId: actor.tenantId, projectId, receivedAt, maxSpanBytes: Number.MAX_SAFE_INTEGER }
  const read = native.map((trace) => recordFromNative(trace, context))
  const fromOtlp =
    otlp === null
      ? { records: [], rejected: [] }
      : recordsFromOtlp(decodeOtlp(Buffer.from(JSON.stringify(otlp)), 'application/json'), context)
  const [refused] = [...read.flatMap(({ rejected }) => rejected), ...fromOtlp.rejected]
  if (refused) throw new PermanentFailure(`ingest refuses a trace of the demo: ${refused.message}`)
  return [...read.flatMap(({ record }) => (record === null ? [] : [record])), ...fromOtlp.records]
}

function feedbackFact(
  { traceId, label, score, comment, at }: Stretch['feedback'][number],
  demo: DemoRow,
): FeedbackFact {
  return {
    kind: 'feedback',
    // One of each trace; the project is new with each demo, so nobody else's can be the same.
    id: foreignId<FeedbackId>('demo-feedback', `${demo.project_id}:${traceId}`),
    tenantId: demo.tenant_id,
    projectId: demo.project_id,
    traceId: traceId as TraceId,
    ...{ label, score, comment },
    metadata: JSON.stringify({ source: 'widget' }),
    createdAt: at,
  }
}

async function remove({ control, telemetry }: DemoServices, { demo, actor, run }: Work): Promise<void> {
  const project = { tenantId: actor.tenantId, projectId: demo.project_id }
  const erase = async (): Promise<void> => {
    for (let done = false; !done; ) {
      run.signal.throwIfAborted()
      ;({ done } = await eraseProject(telemetry, project))
    }
  }
  await erase()
  await control.demos.forget(actor, demo.project_id)
}

async function jobOf(control: ControlStore, { tenantId }: TaskRun): Promise<Job> {
  const tenant = tenantId && (await control.tenants.get(tenantId as TenantId))
  if (!tenant) throw new PermanentFailure('The organisation is gone.')
  return { kind: 'job', tenantId: tenant.id, plan: tenant.plan, name: 'demo' }
}
