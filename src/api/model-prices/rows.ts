import { parse } from 'csv-parse/sync'
import type { z } from 'zod'
import { AppError } from '../../errors.ts'
import { compileModelPattern } from '../../ingest/prices/own.ts'
import { MOST_PRICES, type NewModelPrice } from '../../storage/control/model-prices.ts'
import { explain, parseJson } from '../http/mount.ts'
import { modelPriceRequest } from './contract.ts'

export type PriceRequest = z.output<typeof modelPriceRequest>

export interface Rows {
  prices: NewModelPrice[]
  /** `row` counts from 1, without the head of a CSV. */
  errors: { row: number; message: string }[]
}

/** The rows of an import, each judged alone. Throws when the body is no list of rows at all. */
export function importRows(bytes: Buffer, mediaType: string, now: number): Rows {
  const rows = mediaType === 'text/csv' ? csvRows(bytes) : jsonRows(bytes)
  if (rows.length === 0 || rows.length > MOST_PRICES) {
    throw new AppError('invalid_body', `An import has 1 to ${MOST_PRICES} rows; this has ${rows.length}.`)
  }
  const result: Rows = { prices: [], errors: [] }
  const seen = new Map<string, number>()
  for (const [i, value] of rows.entries()) {
    const row = i + 1
    try {
      const price = judged(value, now)
      const same = JSON.stringify([price.model, price.match, price.provider, price.effective_from])
      const before = seen.get(same)
      if (before !== undefined) throw new AppError('invalid_body', `the same price as in row ${before}.`)
      seen.set(same, row)
      result.prices.push(price)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      result.errors.push({ row, message: error.message })
    }
  }
  return result
}

/** A price as it is stored. Throws `invalid_body` when its pattern is none. */
export function storedPrice(request: PriceRequest, now: number): NewModelPrice {
  const { model, match, provider, effective_from, per_million, per_call, tiers, note } = request
  if (match === 'regex') requirePattern(model)
  return {
    model,
    match,
    provider: provider ?? '',
    effective_from: effective_from ? Date.parse(effective_from) : now,
    rates: JSON.stringify(per_million),
    per_call: per_call ?? 0,
    tiers: JSON.stringify(tiers ?? {}),
    note: note ?? null,
  }
}

function requirePattern(pattern: string): void {
  try {
    compileModelPattern(pattern)
  } catch (error) {
    throw new AppError('invalid_body', `model: is not a pattern that can be used: ${(error as Error).message}.`, {
      cause: error,
    })
  }
}

function judged(value: unknown, now: number): NewModelPrice {
  const result = modelPriceRequest.safeParse(value)
  if (!result.success) throw new AppError('invalid_body', explain(result.error, 'row'))
  return storedPrice(result.data, now)
}

function jsonRows(bytes: Buffer): unknown[] {
  const body = parseJson(bytes)
  const rows = typeof body === 'object' && body !== null && 'prices' in body ? body.prices : body
  if (!Array.isArray(rows)) throw new AppError('invalid_body', 'prices: must be a list.')
  return rows
}

const PLAIN = new Set(['model', 'match', 'provider', 'effective_from', 'note'])
const TIERS = new Set(['batch', 'flex', 'priority'])

function csvRows(bytes: Buffer): unknown[] {
  try {
    const records = parse(bytes, {
      bom: true,
      columns: true,
      skip_empty_lines: true,
      trim: true,
      to: MOST_PRICES + 1,
    }) as Record<string, string>[]
    return records.map(fromCsv)
  } catch (error) {
    throw new AppError('invalid_body', `The CSV cannot be read: ${(error as Error).message}.`, { cause: error })
  }
}

/** A line's cells as the fields of a price; an empty cell is none. A column of any other name is a rate. */
function fromCsv(line: Record<string, string>): unknown {
  const price: Record<string, unknown> = {}
  const rates: Record<string, unknown> = {}
  const tiers: Record<string, unknown> = {}
  for (const [name, cell] of Object.entries(line)) {
    if (cell === '') continue
    if (PLAIN.has(name)) price[name] = cell
    else if (name === 'per_call') price.per_call = numberOf(cell)
    else if (TIERS.has(name)) tiers[name] = numberOf(cell)
    else rates[name] = numberOf(cell)
  }
  return { ...price, per_million: rates, tiers }
}

/** The cell itself, if it is no number: then it is refused with its name. */
const numberOf = (cell: string): number | string => (Number.isFinite(Number(cell)) ? Number(cell) : cell)
