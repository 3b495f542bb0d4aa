import { type Task, use } from './task.ts'

/** What a customer paid and wants back. */
export const REFUND: Task = {
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
}

export const DUPLICATE_ORDER: Task = {
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
}
