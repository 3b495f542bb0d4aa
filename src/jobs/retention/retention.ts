import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import type { TenantId } from '../../ids.ts'
import { appendAudit } from '../../storage/control/audit.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import { eraseDeadLetters } from '../../storage/telemetry/erasing.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import { PermanentFailure, perform, type TaskBinding, taskKind } from '../registry.ts'
import type { Jobs } from '../runner.ts'
import { eraseExpired, expiringProjects } from './expired.ts'

interface Services {
  control: ControlStore
  telemetry: Telemetry
  clock: Clock
  jobs: Jobs
}

export const planRetention = taskKind({ name: 'retention.plan', payload: z.object({}), maxAttempts: 3, concurrency: 1 })
const retain = taskKind({ name: 'retention.run', payload: z.object({}), maxAttempts: 5, concurrency: 1 })

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
    for await (const expiring of expiringProjects(control, tenant.id, now)) {
      signal.throwIfAborted()
      for await (const few of eraseExpired({ telemetry }, expiring, now)) {
        erased += few
        progress({ done: erased, message: expiring.project.name })
        signal.throwIfAborted()
      }
      const { tenantId, project, before } = expiring
      await eraseDeadLetters(telemetry, { tenantId, projectId: project.id, before })
    }
    if (erased > 0) await record(control, tenant.id, erased, now)
    return { erased }
  })

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
