import type { z } from 'zod'
import { rfc3339 } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { ModelPriceId, ProjectId } from '../../ids.ts'
import { recomputeCosts } from '../../jobs/prices/recompute.ts'
import { appendAudit } from '../../storage/control/audit.ts'
import { readBody } from '../http/body.ts'
import { type Binding, bind } from '../http/mount.ts'
import { decodeCursor, encodeCursor, pageOf } from '../http/page.ts'
import { noContent, ok } from '../http/reply.ts'
import type { Services } from '../services.ts'
import { presentTask } from '../tasks/present.ts'
import {
  deleteModelPrice,
  importModelPrices,
  listModelPrices,
  listUnknownModels,
  type modelPrice,
  recomputeModelPrices,
  setModelPrice,
} from './contract.ts'
import { PriceTable, presentConfig, presentOwn } from './present.ts'
import { importRows, storedPrice } from './rows.ts'

type ModelPrice = z.output<typeof modelPrice>
type Needs = Pick<Services, 'control' | 'prices' | 'config' | 'clock' | 'telemetry' | 'jobs'>

const CURSOR = 'model-prices'
const MOST_IMPORT_BYTES = 1024 * 1024
const DAY_MS = 86_400_000

export const modelPriceHandlers = ({ control, prices, config, clock, telemetry, jobs }: Needs): Binding[] => {
  const table = new PriceTable()
  return [
    bind(listModelPrices, async ({ actor, query: { q, source, cursor, limit } }) => {
      const own = (await control.modelPrices.list(actor.tenantId)).map(presentOwn)
      const all = [...own, ...presentConfig(config.prices), ...table.at(clock.now())]
      const found = all.filter((price) => (source === undefined || price.source === source) && isLike(price, q))
      const from = cursor === undefined ? 0 : placeAfter(found, decodeCursor(CURSOR, cursor, ['string'])[0])
      const { rows, next_cursor, has_more } = pageOf(found.slice(from, from + limit + 1), limit, (last) =>
        encodeCursor(CURSOR, [keyOf(last)]),
      )
      return ok({ prices: rows, next_cursor, has_more })
    }),

    bind(setModelPrice, async ({ actor, body }) => {
      const row = await control.modelPrices.set(actor, storedPrice(body, clock.now()))
      await prices.refresh(actor.tenantId)
      return ok(presentOwn(row))
    }),

    bind(importModelPrices, async ({ actor, query: { dry_run }, req, res }) => {
      const type = mediaType(req.headers['content-type'])
      const { prices: rows, errors } = importRows(await readBody(req, MOST_IMPORT_BYTES), type, clock.now())
      if (errors.length > 0) {
        const error = `${errors.length} of ${rows.length + errors.length} rows are wrong; nothing was kept.`
        const request_id = String(res.getHeader('X-Request-Id'))
        return { status: 422, body: { error, code: 'out_of_range', request_id, errors } }
      }
      if (!dry_run) {
        await control.modelPrices.import(actor, rows)
        await prices.refresh(actor.tenantId)
      }
      return ok({ rows: rows.length, dry_run })
    }),

    bind(recomputeModelPrices, async ({ actor, body }) => {
      const { tenantId } = actor
      const from = body.from ? Date.parse(body.from) : 0
      const to = body.to ? Date.parse(body.to) : clock.now()
      if (to < from) throw new AppError('invalid_body', 'to: must not be before from.')
      const project = body.project_id ? await control.projects.get(tenantId, body.project_id as ProjectId) : null
      if (project === undefined) throw new AppError('not_found', 'There is no project with this id.')
      const payload = {
        ...{ from, to },
        ...(project ? { projectId: project.id } : {}),
        ...(body.model ? { model: body.model } : {}),
      }
      const id = await control.transaction(async (trx) => {
        const made = await jobs.enqueue(trx, recomputeCosts, payload, { tenantId, key: JSON.stringify(payload) })
        const target = { type: 'task', id: made.id }
        const act = { tenantId, actor, action: 'model_prices.recompute_requested', target, details: payload }
        if (made.fresh) await appendAudit(trx, { ...act, at: clock.now() })
        return made.id
      })
      const row = await control.tasks.get(tenantId, id)
      if (!row) throw new Error('the task that was just made is gone')
      return { status: 202, body: presentTask(row) }
    }),

    bind(listUnknownModels, async ({ actor, query: { days, limit } }) => {
      const fromDay = rfc3339(clock.now() - (days - 1) * DAY_MS).slice(0, 10)
      const models = await telemetry.ask('unpricedModels', { tenantId: actor.tenantId, fromDay, limit })
      return ok({
        models: models.map(({ model, provider, tier, spans, lastDay }) => ({
          model,
          provider: provider || null,
          service_tier: tier || null,
          spans,
          last_day: lastDay,
        })),
      })
    }),

    bind(deleteModelPrice, async ({ actor, params }) => {
      if (!(await control.modelPrices.remove(actor, params.id as ModelPriceId))) {
        throw new AppError('not_found', 'There is no price of yours with this id.')
      }
      await prices.refresh(actor.tenantId)
      return noContent
    }),
  ]
}

function isLike({ model, provider, name }: ModelPrice, q: string | undefined): boolean {
  if (q === undefined) return true
  const part = q.toLowerCase()
  return [model, provider, name].some((text) => text?.toLowerCase().includes(part))
}

/** What tells a price from all others of the list. */
const keyOf = ({ source, provider, model, match, effective_from }: ModelPrice): string =>
  JSON.stringify([source, provider, model, match, effective_from])

/** A list that changed since may not have it any more; then it begins anew. */
const placeAfter = (found: readonly ModelPrice[], key: string): number =>
  found.findIndex((price) => keyOf(price) === key) + 1

function mediaType(header: string | undefined): 'application/json' | 'text/csv' {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? 'application/json'
  if (type === 'application/json' || type === 'text/csv') return type
  throw new AppError('unsupported_media_type', `Send application/json or text/csv; this was ${type}.`)
}
