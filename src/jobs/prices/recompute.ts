import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import type { ProjectId, TenantId } from '../../ids.ts'
import type { Pricer } from '../../ingest/prices/pricer.ts'
import { appendAudit } from '../../storage/control/audit.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { PriceablePage, PriceablePlace, PriceableTrace } from '../../storage/telemetry/questions/priceable.ts'
import type { RepricedSpan } from '../../storage/telemetry/repricer.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import { usageOf } from '../../storage/telemetry/usage-more.ts'
import { PermanentFailure, perform, type TaskBinding, taskKind } from '../registry.ts'

export const recomputeCosts = taskKind({
  name: 'model_prices.recompute',
  payload: z.object({
    /** Milliseconds, inclusive, of the traces' start. */
    from: z.number(),
    to: z.number(),
    projectId: z.string().optional(),
    model: z.string().optional(),
  }),
  maxAttempts: 5,
  concurrency: 1,
})

interface Services {
  telemetry: Telemetry
  control: ControlStore
  clock: Clock
  pricer: Pricer
}

/**
 * Works out anew what calls cost, at today's prices for the time they came in. Only where we worked it out before, or could not; what a
 * client said stays. Only what comes out otherwise is written, so that running it again changes nothing.
 */
export const recomputeCostsWork = ({ telemetry, control, clock, pricer }: Services): TaskBinding =>
  perform(recomputeCosts, async ({ from, to, projectId, model }, { tenantId, signal, progress }) => {
    if (tenantId === null) throw new PermanentFailure('Costs are recomputed for an organisation.')
    const project = projectId === undefined ? {} : { projectId: projectId as ProjectId }
    const ask = { tenantId, from, to, ...project, ...(model === undefined ? {} : { model }) }
    const total = await telemetry.askLong('priceableCount', ask)
    let looked = 0
    let changed = 0
    for (let after: PriceablePlace | null = null; ; ) {
      signal.throwIfAborted()
      const page: PriceablePage = await telemetry.askLong('priceablePage', { ...ask, after })
      const changes = page.traces.flatMap((trace) => repriced(pricer, tenantId, trace))
      if (changes.length > 0) changed += await telemetry.reprice(changes)
      looked += page.looked
      progress({ done: looked, total: Math.max(total, looked), message: `${changed} traces changed` })
      after = page.last
      if (after === null) break
    }
    const details = { from, to, project_id: projectId ?? null, model: model ?? null, traces: looked, changed }
    const act = { actor: { kind: 'job', name: recomputeCosts.name }, action: 'model_prices.recomputed' } as const
    const target = { type: 'organization', id: tenantId }
    await control.transaction((trx) => appendAudit(trx, { ...act, tenantId, target, details, at: clock.now() }))
    return { traces: looked, changed }
  })

function repriced(pricer: Pricer, tenantId: TenantId, { id, spans }: PriceableTrace) {
  const changes: RepricedSpan<string>[] = []
  for (const span of spans) {
    const priced = pricer.price(tenantId, span.model, span.provider, usageOf(span), span.createdAt)
    const cost = priced?.dollars ?? null
    if (cost !== span.cost) changes.push({ key: span.key, cost, price: priced?.price ?? null })
  }
  return changes.length === 0 ? [] : [{ tenantId, traceId: id, spans: changes }]
}
