import { DAY } from '../calendar.ts'
import { CARRIERS, type Person } from '../people.ts'
import type { Random } from '../random.ts'
import type { JsonMap, ToolUse } from '../types.ts'

export interface Product {
  sku: string
  name: string
  kind: 'jacket' | 'boots' | 'tent' | 'pack' | 'bag' | 'stove' | 'lamp' | 'trousers'
  euros: number
}

const PRODUCTS: readonly Product[] = [
  { sku: 'FJ-JKT-118', name: 'Skarvet 3L shell jacket', kind: 'jacket', euros: 289 },
  { sku: 'FJ-JKT-204', name: 'Lofoten down jacket', kind: 'jacket', euros: 249 },
  { sku: 'FJ-JKT-231', name: 'Vinter parka', kind: 'jacket', euros: 379 },
  { sku: 'FJ-BTS-031', name: 'Rondane GTX hiking boots', kind: 'boots', euros: 219 },
  { sku: 'FJ-BTS-044', name: 'Myrdal trail shoes', kind: 'boots', euros: 139 },
  { sku: 'FJ-TNT-012', name: 'Breheimen 2 tent', kind: 'tent', euros: 459 },
  { sku: 'FJ-TNT-020', name: 'Breheimen 3 tent', kind: 'tent', euros: 529 },
  { sku: 'FJ-PCK-065', name: 'Jotun 65 trekking pack', kind: 'pack', euros: 199 },
  { sku: 'FJ-PCK-028', name: 'Dovre 28 day pack', kind: 'pack', euros: 109 },
  { sku: 'FJ-BAG-009', name: 'Nordkapp -9 sleeping bag', kind: 'bag', euros: 269 },
  { sku: 'FJ-BAG-002', name: 'Nordkapp +2 sleeping bag', kind: 'bag', euros: 179 },
  { sku: 'FJ-STV-003', name: 'Ember gas stove', kind: 'stove', euros: 64 },
  { sku: 'FJ-LMP-400', name: 'Polaris 400 headlamp', kind: 'lamp', euros: 49 },
  { sku: 'FJ-TRS-077', name: 'Hemsedal softshell trousers', kind: 'trousers', euros: 129 },
]

/** What one conversation is about; the same in all its turns. */
export interface Case {
  random: Random
  person: Person
  product: Product
  other: Product
  order: string
  carrier: string
  tracking: string
  /** A day so many days from the conversation's, as a person writes it: `Tuesday 17 November`. */
  day(offset: number): string
  iso(offset: number): string
  one(...texts: string[]): string
  /** One of several pairs of what is said and what is answered. */
  both(...pairs: [says: string, reply: string][]): { says: string; reply: string }
  lookUpOrder(fields?: JsonMap): ToolUse
}

const DAY_TEXT = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  timeZone: 'UTC',
})

export function newCase(random: Random, person: Person, at: number): Case {
  const [product, other] = random.sample(PRODUCTS, 2) as [Product, Product]
  const order = `FJ-${random.int(204_000, 298_999)}`
  const carrier = random.pick(CARRIERS)
  const date = (offset: number) => new Date(at + offset * DAY)
  const iso = (offset: number) => date(offset).toISOString().slice(0, 10)
  return {
    ...{ random, person, product, other, order, carrier, iso },
    tracking: `${carrier.slice(0, 2).toUpperCase()}${random.int(100_000_000, 999_999_999)}NO`,
    day: (offset) => DAY_TEXT.format(date(offset)),
    one: (...texts) => random.pick(texts),
    both: (...pairs) => {
      const [says, reply] = random.pick(pairs)
      return { says, reply }
    },
    lookUpOrder: (fields = {}) => ({
      name: 'get_order',
      args: { order_id: order },
      result: {
        order_id: order,
        customer: person.email,
        placed_at: iso(-6),
        items: [{ sku: product.sku, name: product.name, quantity: 1, unit_price_eur: product.euros }],
        total_eur: product.euros,
        status: 'delivered',
        ...fields,
      },
    }),
  }
}

/** A product of one of these kinds, instead of whatever the case came with. */
export function about(it: Case, ...kinds: Product['kind'][]): Product {
  return it.random.pick(PRODUCTS.filter(({ kind }) => kinds.includes(kind)))
}
