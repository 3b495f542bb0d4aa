import type { Case } from '../support/shop.ts'
import type { JsonMap, ToolUse } from '../types.ts'

/** One thing that somebody of the back office asks for, and how the agent gets there. */
export interface Task {
  name: string
  weight: number
  play(it: Case): Played
}

export interface Played {
  asks: string
  /** Each is one thought of the model with the tools it calls at once. */
  steps: { thought: string; uses: ToolUse[] }[]
  answer: string
  /** An answer that is wrong, given now and then. */
  wrong?: string
}

const NUMBER = new Intl.NumberFormat('en-GB')

const use = (name: string, args: JsonMap, result: JsonMap): ToolUse => ({ name, args, result })

export const TASKS: readonly Task[] = [
  {
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
  },
  {
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
  },
  {
    name: 'refund',
    weight: 6,
    play: (it) => {
      const amount = Math.round(it.product.euros * it.random.pick([0.1, 0.15, 0.2, 1]))
      const large = amount > 250
      return {
        asks: it.one(
          `Customer of ${it.order} got a scratched ${it.product.name}. Refund ${amount} EUR and apologise.`,
          `Please refund ${amount} EUR on ${it.order} (damaged on arrival) and tell ${it.person.first} about it.`,
        ),
        steps: [
          {
            thought:
              'Before any money moves I look at the order: what was paid, and whether something was refunded already.',
            uses: [it.lookUpOrder({ delivered_at: it.iso(-2), refunds: [] })],
          },
          {
            thought: large
              ? `${amount} EUR is over the 250 that I may send alone, so this asks for a confirmation.`
              : 'Paid in full, nothing refunded so far, and the amount is within my limit.',
            uses: [
              large
                ? use(
                    'create_task',
                    {
                      team: 'finance',
                      title: `Confirm refund of ${amount} EUR on ${it.order}`,
                      details: 'Damaged on arrival; over the limit of the agent.',
                    },
                    { task_id: `FI-${it.random.int(1_000, 9_999)}`, due: it.iso(1) },
                  )
                : use(
                    'issue_refund',
                    { order_id: it.order, amount_eur: String(amount), reason: 'Damaged on arrival' },
                    { refund_id: `RF-${it.random.int(10_000, 99_999)}`, status: 'sent' },
                  ),
            ],
          },
          {
            thought: 'Now the mail: an apology, what happens and by when, nothing more.',
            uses: [
              use(
                'send_mail',
                {
                  to: it.person.email,
                  subject: `Your order ${it.order}`,
                  body: `Dear ${it.person.first},\n\nwe are sorry that your ${it.product.name} arrived with a scratch. ${large ? `A refund of ${amount} EUR is being confirmed and follows within two days.` : `We have sent ${amount} EUR back to you; it takes 3–5 working days.`} You may of course keep it.\n\nYour Fjellheim service`,
                },
                { message_id: `m-${it.random.hex(8)}`, queued: true },
              ),
            ],
          },
        ],
        answer: large
          ? `${amount} EUR is more than I may refund alone. Finance has a task to confirm it by ${it.day(1)}, and I wrote to ${it.person.first} that it is on its way.`
          : `Done: ${amount} EUR went back to the card that paid ${it.order}, and ${it.person.first} has a mail with an apology.`,
      }
    },
  },
  {
    name: 'return-rate',
    weight: 5,
    play: (it) => {
      const rate = it.random.int(6, 19)
      const before = it.random.int(4, 8)
      return {
        asks: it.one(
          `Why are returns of the ${it.product.name} up this month?`,
          `Return rate by reason for ${it.product.sku}, last 30 days against the 30 before.`,
        ),
        steps: [
          {
            thought: 'Two periods side by side, by reason.',
            uses: [
              use(
                'query_sales',
                {
                  sql: `SELECT r.reason, SUM(r.created_at >= '${it.iso(-30)}') AS recent, SUM(r.created_at < '${it.iso(-30)}') AS before FROM returns r WHERE r.sku = '${it.product.sku}' AND r.created_at >= '${it.iso(-60)}' GROUP BY r.reason ORDER BY recent DESC`,
                },
                {
                  rows: [
                    { reason: 'fit', recent: rate * 2, before: before * 2 },
                    { reason: 'damaged', recent: 4, before: 3 },
                    { reason: 'changed_mind', recent: 5, before: 6 },
                  ],
                },
              ),
            ],
          },
          {
            thought: 'Only "fit" grew. If one size or one batch stands out, it is the product and not the people.',
            uses: [
              use(
                'query_sales',
                {
                  sql: `SELECT i.size, i.batch, COUNT(*) AS n FROM returns r JOIN order_items i USING (order_id, sku) WHERE r.sku = '${it.product.sku}' AND r.reason = 'fit' AND r.created_at >= '${it.iso(-30)}' GROUP BY 1, 2 ORDER BY n DESC LIMIT 5`,
                },
                {
                  rows: [
                    { size: 'M', batch: 'B-0917', n: Math.round(rate * 1.4) },
                    { size: 'L', batch: 'B-0917', n: Math.round(rate * 0.4) },
                    { size: 'M', batch: 'B-0512', n: 1 },
                  ],
                },
              ),
            ],
          },
        ],
        answer: `The return rate rose from ${before} % to ${rate} %, and all of it is "does not fit". ${Math.round(rate * 1.4)} of these are size M of batch B-0917; earlier batches are as always. It looks as if that batch was cut too small. I would have three pieces measured before more of it is sold.`,
        wrong: `Returns of the ${it.product.name} are within the usual range. There is no sign of a problem.`,
      }
    },
  },
  {
    name: 'weekly-numbers',
    weight: 4,
    play: (it) => {
      const orders = it.random.int(1_800, 2_900)
      const revenue = orders * it.random.int(118, 141)
      return {
        asks: it.one(
          'Numbers of last week for the Monday meeting, please: orders, revenue, returns, top five products.',
          `Weekly summary up to ${it.iso(-1)}.`,
        ),
        steps: [
          {
            thought: 'Three questions that do not depend on one another.',
            uses: [
              use(
                'query_sales',
                {
                  sql: `SELECT COUNT(*) AS orders, SUM(total_eur) AS revenue FROM orders WHERE placed_at BETWEEN '${it.iso(-7)}' AND '${it.iso(-1)}' AND status <> 'cancelled'`,
                },
                { rows: [{ orders, revenue }] },
              ),
              use(
                'query_sales',
                {
                  sql: `SELECT COUNT(*) AS returns FROM returns WHERE created_at BETWEEN '${it.iso(-7)}' AND '${it.iso(-1)}'`,
                },
                { rows: [{ returns: Math.round(orders * 0.082) }] },
              ),
              use(
                'query_sales',
                {
                  sql: `SELECT p.name, SUM(i.quantity) AS n FROM order_items i JOIN orders o USING (order_id) JOIN products p USING (sku) WHERE o.placed_at BETWEEN '${it.iso(-7)}' AND '${it.iso(-1)}' GROUP BY 1 ORDER BY n DESC LIMIT 5`,
                },
                {
                  rows: [
                    { name: it.product.name, n: 212 },
                    { name: it.other.name, n: 187 },
                    { name: 'Ember gas stove', n: 161 },
                    { name: 'Dovre 28 day pack', n: 149 },
                    { name: 'Polaris 400 headlamp', n: 144 },
                  ],
                },
              ),
            ],
          },
        ],
        answer: `Week to ${it.day(-1)}: ${NUMBER.format(orders)} orders, ${NUMBER.format(revenue)} EUR, ${Math.round(orders * 0.082)} returns (8.2 %). Most sold: ${it.product.name} (212), ${it.other.name} (187), Ember gas stove (161), Dovre 28 day pack (149), Polaris 400 headlamp (144).`,
      }
    },
  },
  {
    name: 'duplicate-order',
    weight: 4,
    play: (it) => ({
      asks: it.one(
        `${it.person.email} says she was charged twice. Can you look?`,
        `Possible duplicate order of ${it.person.email}, please check and fix.`,
      ),
      steps: [
        {
          thought: 'All recent orders of this customer.',
          uses: [
            use(
              'search_orders',
              { customer: it.person.email, placed_after: it.iso(-3) },
              {
                total: 2,
                orders: [
                  {
                    order_id: it.order,
                    placed_at: `${it.iso(-1)}T18:02:11Z`,
                    total_eur: it.product.euros,
                    status: 'paid',
                  },
                  {
                    order_id: `FJ-${it.random.int(299_000, 299_900)}`,
                    placed_at: `${it.iso(-1)}T18:02:49Z`,
                    total_eur: it.product.euros,
                    status: 'paid',
                  },
                ],
              },
            ),
          ],
        },
        {
          thought:
            '38 seconds apart, the same goods, both paid: a double click or a retry of the payment page. The details will tell.',
          uses: [
            it.lookUpOrder({ status: 'paid', placed_at: it.iso(-1), payments: [{ provider: 'card', captured: true }] }),
          ],
        },
        {
          thought: 'Not packed, so the later one can be refunded in full.',
          uses: [
            use(
              'issue_refund',
              {
                order_id: it.order,
                amount_eur: String(Math.min(250, it.product.euros)),
                reason: 'Ordered twice by accident',
              },
              { refund_id: `RF-${it.random.int(10_000, 99_999)}`, status: 'sent' },
            ),
          ],
        },
      ],
      answer: `Yes: two equal orders, 38 seconds apart, both paid. I refunded the second one (${Math.min(250, it.product.euros)} EUR); the first, ${it.order}, ships as usual. The payment page let the button be pressed twice, which is worth a look by the shop team.`,
    }),
  },
]
