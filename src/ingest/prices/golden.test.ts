import { describe, expect, it } from 'vitest'
import golden from '../../../fixtures/costs/golden.json' with { type: 'json' }
import type { TenantId } from '../../ids.ts'
import type { JsonValue } from '../../storage/telemetry/record.ts'
import { usageFromProvider } from '../usage.ts'
import { Pricer } from './pricer.ts'

/**
 * Usage objects in the shape that the providers' own documents show (`source`), with the counts of their example (`documented`) or, where
 * they have none of such a call, counts of our own (`own`), at the price per million tokens that was in force at `at`. The
 * dollars were worked out by hand as `arithmetic` says; `beside` is what is charged otherwise than by tokens.
 */
interface Golden {
  name: string
  source: string
  counts: string
  provider: string
  model: string
  at: string
  usage: JsonValue
  terms: number[][]
  beside?: number
  dollars: number
}

const ROWS: Golden[] = golden
const documented = ROWS.filter(({ counts }) => counts === 'documented')
const pricer = new Pricer([])

/** The same text for the same object, in whatever order it is written. */
const canonical = (value: JsonValue): string =>
  JSON.stringify(value, (_, of) =>
    of !== null && typeof of === 'object' && !Array.isArray(of) ? Object.fromEntries(Object.entries(of).sort()) : of,
  )

describe('what a model call costs', () => {
  it('is held against at least sixty documented usage objects', () => {
    expect(ROWS.length).toBeGreaterThanOrEqual(130)
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length)
    expect(new Set(documented.map(({ usage }) => canonical(usage))).size).toBeGreaterThanOrEqual(60)
    expect(new Set(documented.map(({ provider }) => provider)).size).toBeGreaterThanOrEqual(10)
    for (const { source, counts, at } of ROWS) {
      expect(source).toMatch(/^https:\/\//)
      expect(['documented', 'own']).toContain(counts)
      expect(Number.isNaN(Date.parse(at))).toBe(false)
    }
  })

  it.each(ROWS)('$name', ({ model, provider, usage: raw, terms, beside = 0, dollars, at }) => {
    const sum = terms.reduce((total, [tokens = 0, price = 0]) => total + tokens * price, 0) / 1e6 + beside
    expect(sum).toBeCloseTo(dollars, 12)
    const usage = usageFromProvider(raw)
    if (usage === null) throw new Error('the usage was not recognised')
    const priced = pricer.price('t' as TenantId, model, provider, usage, Date.parse(at))
    expect(priced, 'it has a price').not.toBeNull()
    expect(Math.abs((priced?.dollars ?? 0) / dollars - 1), `${priced?.dollars} for ${dollars}`).toBeLessThan(0.001)
  })
})
