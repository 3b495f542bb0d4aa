import type { ProjectId, TenantId, TraceId } from '../../ids.ts'
import type { OldPlace } from './questions/old-traces.ts'
import type { Telemetry } from './telemetry.ts'

/**
 * The verbs of erasing. Each call is bounded, so a job can keep its lease and stop between two; each can be repeated: what is gone is
 * gone, and what is left is found again. An erased id that is sent again is a new trace.
 */
export interface EraseTraces {
  tenantId: TenantId
  ids: readonly TraceId[]
  /** Overwrite the bytes in the file (for a person's request to be forgotten), which costs as much writing as storing them did. */
  overwrite?: boolean
}

/** Erases these traces, those that the tenant has. Answers how many went. */
export const eraseTraces = (telemetry: Telemetry, { tenantId, ids, overwrite = false }: EraseTraces): Promise<number> =>
  telemetry.erase({ what: 'traces', tenantId, ids, overwrite })

export interface EraseBefore {
  tenantId: TenantId
  projectId: ProjectId
  /** Milliseconds, exclusive: traces that started before it go (for what counts as their start see `tracesBefore`). */
  before: number
  now: number
  /** Where the call before ended; null to begin with. */
  after: OldPlace | null
  /** Which of these shall stay, such as those that a dataset points at. */
  keep?: (ids: readonly TraceId[]) => Promise<ReadonlySet<TraceId>>
}

export interface ErasedPage {
  erased: number
  kept: number
  /** Where to go on; null when nothing older is left. */
  next: OldPlace | null
}

const PAGE = 200

/** Erases up to 200 of a project's old traces, oldest first, and answers where to go on. */
export async function eraseBefore(telemetry: Telemetry, ask: EraseBefore): Promise<ErasedPage> {
  const { tenantId, projectId, before, now, after, keep } = ask
  const old = await telemetry.ask('tracesBefore', { tenantId, projectId, before, now, after, limit: PAGE })
  const all = old.map(({ id }) => id)
  const kept = keep && all.length > 0 ? await keep(all) : new Set<TraceId>()
  const ids = all.filter((id) => !kept.has(id))
  const erased = ids.length === 0 ? 0 : await eraseTraces(telemetry, { tenantId, ids })
  const last = old.at(-1)
  return {
    erased,
    kept: all.length - ids.length,
    next: last && old.length === PAGE ? [last.startedAt, last.key] : null,
  }
}

/**
 * Up to 200 of a project's traces, whatever their age, and once none is left its dead letters too. Answers whether all is gone; stop
 * ingest into the project first, or it never may be.
 */
export async function eraseProject(
  telemetry: Telemetry,
  { tenantId, projectId }: { tenantId: TenantId; projectId: ProjectId },
): Promise<{ erased: number; done: boolean }> {
  const before = Number.MAX_SAFE_INTEGER
  const { erased, next } = await eraseBefore(telemetry, { tenantId, projectId, before, now: before, after: null })
  if (next === null) await eraseDeadLetters(telemetry, { tenantId, projectId, before })
  return { erased, done: next === null }
}

export interface EraseDeadLetters {
  tenantId: TenantId
  /** Without it those of all of the tenant's projects, and those of none. */
  projectId?: ProjectId
  /** Milliseconds, exclusive: those that came before it go. */
  before: number
}

/** Erases dead letters. Answers how many went. */
export const eraseDeadLetters = (telemetry: Telemetry, ask: EraseDeadLetters): Promise<number> =>
  telemetry.erase({ what: 'dead_letters', ...ask, overwrite: false })

/** Erases the dead letters, of all tenants, that were replayed or resolved before `before` (milliseconds, exclusive). Answers how many went. */
export const eraseSettledDeadLetters = (telemetry: Telemetry, before: number): Promise<number> =>
  telemetry.erase({ what: 'settled_dead_letters', before })

/**
 * Forgets tombstones up to a place which every follower has passed, also one that is switched off: whoever stands before it would
 * keep what it still holds of the erased.
 */
export const forgetTombstones = (telemetry: Telemetry, upTo: number): Promise<number> =>
  telemetry.erase({ what: 'tombstones', upTo })
