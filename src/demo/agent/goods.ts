import { type Task, use } from './task.ts'

/** Parcels and stock. */
export const LATE_PARCELS: Task = {
  name: 'late-parcels',
  weight: 6,
  play: (it) => {
    const late = it.random.int(3, 14)
    const orders = it.random.sample([...Array(40).keys()], Math.min(late, 4)).map((n) => `FJ-${230_100 + n * 37}`)
    return {
      asks: it.one(
        `Which ${it.carrier} parcels are more than three days late, and what should we do about them?`,
        `Check late ${it.carrier} deliveries since ${it.iso(-7)} and write to the customers that are affected.`,
      ),
      steps: [
        {
          thought: `First the carrier's own figures, then the orders that were shipped with it and have not arrived.`,
          uses: [
            use(
              'get_carrier_report',
              { carrier: it.carrier, from: it.iso(-7), to: it.iso(0) },
              {
                carrier: it.carrier,
                parcels: it.random.int(380, 910),
                on_time: 0.91,
                median_days: 2.4,
                p95_days: 5.8,
                exceptions: late,
              },
            ),
            use(
              'search_orders',
              { status: 'shipped', placed_after: it.iso(-12), limit: '50' },
              {
                total: it.random.int(60, 140),
                late: orders.map((order_id, i) => ({
                  order_id,
                  carrier: it.carrier,
                  shipped_at: it.iso(-7 - i),
                  last_scan: it.iso(-4),
                })),
              },
            ),
          ],
        },
        {
          thought:
            'All of them were last scanned four days ago or earlier, so this is one stuck batch and no single mishap. One task for the warehouse is enough.',
          uses: [
            use(
              'create_task',
              {
                team: 'warehouse',
                title: `Search for ${late} ${it.carrier} parcels`,
                details: `Last scans before ${it.iso(-4)}: ${orders.join(', ')}`,
              },
              { task_id: `WH-${it.random.int(1_000, 9_999)}`, due: it.iso(1) },
            ),
          ],
        },
      ],
      answer: `${late} parcels with ${it.carrier} are more than three days late; all were last scanned on or before ${it.day(-4)}, so it looks like one stuck batch. I opened a task for the warehouse to have them searched (${orders.join(', ')}${late > 4 ? ' and others' : ''}). I have not written to customers yet: if nothing moves until tomorrow, I suggest a mail with the choice of a replacement or a refund.`,
    }
  },
}

export const RESTOCK: Task = {
  name: 'restock',
  weight: 5,
  play: (it) => {
    const sold = it.random.int(18, 60)
    const kassel = it.random.int(2, 15)
    const bergen = it.random.int(110, 240)
    const move = Math.max(10, Math.round(sold * 1.5) - kassel)
    return {
      asks: it.one(
        `Do we have enough ${it.product.name} in Kassel for the next two weeks? If not, move some.`,
        `${it.product.sku} is running low in Kassel. Please sort it out.`,
      ),
      steps: [
        {
          thought: 'I need what is there and how fast it sells.',
          uses: [
            use(
              'get_stock',
              { sku: it.product.sku },
              {
                sku: it.product.sku,
                warehouses: {
                  Kassel: { on_hand: kassel, reserved: 2 },
                  Bergen: { on_hand: bergen, reserved: 5 },
                  Leeds: { on_hand: it.random.int(4, 30), reserved: 1 },
                },
              },
            ),
            use(
              'query_sales',
              {
                sql: `SELECT SUM(quantity) AS sold FROM order_items i JOIN orders o USING (order_id) WHERE i.sku = '${it.product.sku}' AND o.warehouse = 'Kassel' AND o.placed_at >= '${it.iso(-14)}'`,
              },
              { rows: [{ sold }] },
            ),
          ],
        },
        {
          thought: `${sold} were sold in two weeks and ${kassel} are left. Bergen has plenty, so a transfer of ${move} covers it with a margin.`,
          uses: [
            use(
              'transfer_stock',
              { sku: it.product.sku, quantity: String(move), from: 'Bergen', to: 'Kassel' },
              { transfer_id: `TR-${it.random.int(2_000, 8_000)}`, arrives: it.iso(2) },
            ),
          ],
        },
      ],
      answer: `Not enough: Kassel sold ${sold} in the last two weeks and has ${kassel} left. I moved ${move} from Bergen, which keeps ${bergen - move}; they arrive on ${it.day(2)}. Until then the shop may show "few left".`,
      wrong: `Yes, there is enough: ${bergen + kassel} pieces are in stock, which is more than the ${sold} sold in two weeks.`,
    }
  },
}
