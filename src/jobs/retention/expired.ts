import type { TenantId } from '../../ids.ts'
import { LIMITS } from '../../plans.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { ProjectRow } from '../../storage/control/schema.ts'
import { eraseBefore } from '../../storage/telemetry/erasing.ts'
import type { OldPlace } from '../../storage/telemetry/questions/old-traces.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'

const DAY_MS = 86_400_000
const PROJECTS = 200

interface Stores {
  control: ControlStore
  telemetry: Telemetry
}

/** A project of which something is kept for so many days only: what started, or came in, before `before` is beyond that. */
export interface Expiring {
  tenantId: TenantId
  project: ProjectRow
  /** Milliseconds. */
  before: number
}

/** The projects of a tenant that keep their traces for a time: their own days, within those of the plan. */
export async function* expiringProjects(
  control: ControlStore,
  tenantId: TenantId,
  now: number,
): AsyncGenerator<Expiring> {
  const tenant = await control.tenants.get(tenantId)
  if (!tenant) return
  for await (const project of projectsOf(control, tenantId)) {
    const days = keptDays(LIMITS[tenant.plan].retentionDays, project.retention_days_override)
    if (days !== null) yield { tenantId, project, before: now - days * DAY_MS }
  }
}

/** Erases what a project keeps no longer, oldest first and a few at a time; answers after each few how many went. */
export async function* eraseExpired(
  { telemetry }: Pick<Stores, 'telemetry'>,
  { tenantId, project, before }: Expiring,
  now: number,
): AsyncGenerator<number> {
  for (let after: OldPlace | null = null; ; ) {
    const page = await eraseBefore(telemetry, { tenantId, projectId: project.id, before, now, after })
    yield page.erased
    after = page.next
    if (after === null) return
  }
}

/** The same for every project of every tenant. */
export async function* eraseAllExpired({ control, telemetry }: Stores, now: number): AsyncGenerator<number> {
  for (const { id } of await control.tenants.list()) {
    for await (const expiring of expiringProjects(control, id, now)) yield* eraseExpired({ telemetry }, expiring, now)
  }
}

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
