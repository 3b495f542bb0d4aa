import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import type { TenantId } from '../../ids.ts'
import { LIMITS } from '../../plans.ts'
import { appendAudit } from '../../storage/control/audit.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { ProjectRow } from '../../storage/control/schema.ts'
import { eraseBefore, eraseDeadLetters } from '../../storage/telemetry/erasing.ts'
import type { OldPlace } from '../../storage/telemetry/questions/old-traces.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import { PermanentFailure, perform, type TaskBinding, taskKind } from '../registry.ts'
import type { Jobs } from '../runner.ts'

const DAY_MS = 86_400_000
const PROJECTS = 200

interface Services {
  control: ControlStore
  telemetry: Telemetry
  clock: Clock
  jobs: Jobs
}

export const planRetention = taskKind({ name: 'retention.plan', payload: z.object({}), maxAttempts: 3, concurrency: 1 })
export const retain = taskKind({ name: 'retention.run', payload: z.object({}), maxAttempts: 5, concurrency: 1 })

/** One task for each organisation, so that what is said of it is said to it alone. */
export const planRetentionWork = ({ control, jobs }: Services): TaskBinding =>
  perform(planRetention, async () => {
    const tenants = await control.tenants.list()
    await control.transaction(async (trx) => {
      for (const { id } of tenants) await jobs.enqueue(trx, retain, {}, { tenantId: id, key: 'nightly' })
    })
    return { organizations: tenants.length }
  })

/** Erases, oldest first and a few at a time, what is older than each project keeps it: its own days, within those of the plan. */
export const retainWork = ({ control, telemetry, clock }: Services): TaskBinding =>
  perform(retain, async (_, { tenantId, signal, progress }) => {
    const tenant = tenantId === null ? undefined : await control.tenants.get(tenantId)
    if (!tenant) throw new PermanentFailure('The organisation is not there any more.')
    const now = clock.now()
    let erased = 0
    for await (const project of projectsOf(control, tenant.id)) {
      const days = keptDays(LIMITS[tenant.plan].retentionDays, project.retention_days_override)
      if (days === null) continue
      const about = { tenantId: tenant.id, projectId: project.id, before: now - days * DAY_MS }
      for (let after: OldPlace | null = null; ; ) {
        signal.throwIfAborted()
        const page = await eraseBefore(telemetry, { ...about, now, after })
        erased += page.erased
        progress({ done: erased, message: project.name })
        after = page.next
        if (after === null) break
      }
      await eraseDeadLetters(telemetry, about)
    }
    if (erased > 0) await record(control, tenant.id, erased, now)
    return { erased }
  })

/** The days that traces are kept; null: for ever. */
export function keptDays(ofPlan: number | null, ofProject: number | null): number | null {
  if (ofPlan === null) return ofProject
  return ofProject === null ? ofPlan : Math.min(ofPlan, ofProject)
}

async function* projectsOf(control: ControlStore, tenantId: TenantId): AsyncGenerator<ProjectRow> {
  for (let after: { createdAt: number; id: string } | null = null; ; ) {
    const page: ProjectRow[] = await control.projects.list(tenantId, { includeArchived: true, after, limit: PROJECTS })
    yield* page
    const last = page.at(-1)
    if (!last || page.length < PROJECTS) return
    after = { createdAt: last.created_at, id: last.id }
  }
}

const record = (control: ControlStore, tenantId: TenantId, traces: number, at: number): Promise<void> =>
  control.transaction((trx) =>
    appendAudit(trx, {
      tenantId,
      actor: { kind: 'job', name: retain.name },
      action: 'retention.erased',
      target: { type: 'organization', id: tenantId },
      details: { traces },
      at,
    }),
  )
