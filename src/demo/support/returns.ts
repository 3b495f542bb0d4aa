import { type Scenario, thanks } from './scenario.ts'
import { about } from './shop.ts'

/** After the parcel has arrived. */
export const RETURN_SCENARIOS: readonly Scenario[] = [
  {
    name: 'wrong-item',
    weight: 7,
    language: 'en',
    play: (it) => [
      {
        says: it.one(
          `I ordered the ${it.product.name} but got a ${it.other.name} in the box. Order ${it.order}`,
          `wrong item!! ${it.order}, i got ${it.other.name} instead of ${it.product.name}`,
          `Hi there, the parcel arrived today, but there is a ${it.other.name} inside that I never ordered (order ${it.order}).`,
        ),
        intent: 'wrong_item',
        sentiment: 'negative',
        articles: ['returns'],
        tools: [
          it.lookUpOrder({ delivered_at: it.iso(-1) }),
          {
            name: 'check_stock',
            args: { sku: it.product.sku },
            result: { sku: it.product.sku, available: it.random.int(3, 80), warehouse: 'Kassel' },
          },
        ],
        reply: `I'm sorry, that was our mistake. The ${it.product.name} is in stock, so I can send it today, and you get a free label for the ${it.other.name}. You need not send it first. Is the address on the order still right?`,
        poor: `Sorry to hear that. You can return the ${it.other.name} within 60 days and place a new order for the ${it.product.name}.`,
      },
      {
        says: it.one('Yes, same address.', 'yes thats right', 'Same address, but please not on a Monday.'),
        intent: 'confirm',
        sentiment: 'neutral',
        tools: [
          {
            name: 'create_replacement',
            args: { order_id: it.order, sku: it.product.sku, return_sku: it.other.sku },
            result: {
              replacement_order_id: `${it.order}-R1`,
              ships_on: it.iso(0),
              return_label: `RL-${it.random.int(100_000, 999_999)}`,
            },
          },
        ],
        reply: `It ships today as ${it.order}-R1 and should be there by ${it.day(3)}. The return label is in your mail; drop the parcel at any ${it.carrier} shop within 30 days.`,
      },
      thanks(it),
    ],
  },
  {
    name: 'return',
    weight: 12,
    language: 'en',
    play: (it) => {
      const worn = it.random.chance(0.25)
      return [
        {
          says: it.one(
            `How do I return the ${it.product.name}? It doesn't fit.`,
            `I want to send back order ${it.order}`,
            `Hello, the ${it.product.name} is nice but too ${it.one('small', 'big', 'warm', 'heavy')} for me. Can I return it? ${it.order}`,
            `can i still return something i bought 5 weeks ago`,
          ),
          intent: 'return',
          sentiment: 'neutral',
          articles: ['returns'],
          tools: [it.lookUpOrder({ delivered_at: it.iso(-it.random.int(4, 36)) })],
          reply: `Yes: you have 60 days from delivery, as long as it is unused. I can mail you a label for ${it.carrier}; within the EU it is free. Has the ${it.product.name} been worn outside?`,
          poor: 'Returns are possible within 14 days of purchase according to our terms and conditions.',
        },
        {
          says: worn
            ? it.one('I wore it on one hike, to be honest.', 'well, once. is that a problem?')
            : it.one('No, only tried on at home.', 'no its brand new, tags still on'),
          intent: 'return',
          sentiment: 'neutral',
          articles: worn ? ['returns', 'warranty'] : ['returns'],
          ...(worn
            ? {}
            : {
                tools: [
                  {
                    name: 'create_return',
                    args: { order_id: it.order, sku: it.product.sku, reason: 'fit' },
                    result: {
                      return_id: `RET-${it.random.int(10_000, 99_999)}`,
                      label_sent_to: it.person.email,
                      free: true,
                    },
                  },
                ],
              }),
          reply: worn
            ? `Thank you for saying so. Worn goods we can take back only if something is wrong with them. If it is a fault, a photo is enough and we repair or replace it under warranty. Otherwise our second-hand shop buys it from you for a voucher; shall I send you the link?`
            : `Then all is well. The label is in your mail (${it.person.email}). Once the parcel is checked, the ${it.product.euros} EUR come back within 3–5 working days.`,
        },
        ...(it.random.chance(0.5)
          ? [
              {
                says: it.one('Can I exchange it for another size instead?', 'and how do i get a bigger size?'),
                intent: 'exchange',
                sentiment: 'neutral' as const,
                articles: ['returns', 'sizes'] as const,
                tools: [
                  {
                    name: 'check_stock',
                    args: { sku: it.product.sku, size: 'L' },
                    result: { sku: it.product.sku, size: 'L', available: it.random.int(0, 25) },
                  },
                ],
                reply:
                  'The quickest way is to order the other size now and return this one: then nobody takes it from you in the meantime. I have put a note on the return, so the shipping of the second order is refunded too.',
              },
            ]
          : []),
        thanks(it),
      ]
    },
  },
  {
    name: 'refund-status',
    weight: 7,
    language: 'en',
    play: (it) => [
      {
        says: it.one(
          `I sent back order ${it.order} two weeks ago and still no refund.`,
          `where's my money? return for ${it.order} was delivered on ${it.day(-7)}`,
          `Hi, has my return for ${it.order} been processed yet?`,
        ),
        intent: 'refund_status',
        sentiment: 'negative',
        articles: ['returns'],
        tools: [
          {
            name: 'get_return',
            args: { order_id: it.order },
            result: {
              order_id: it.order,
              received_at: it.iso(-7),
              checked_at: it.iso(-2),
              refund: { amount_eur: it.product.euros, sent_at: it.iso(-2), method: 'visa' },
            },
          },
        ],
        reply: `Your return was checked on ${it.day(-2)}, and the ${it.product.euros} EUR were sent to your Visa card the same day. Banks take 3–5 working days, so it should show by ${it.day(4)}. The check took longer than usual; I'm sorry for the wait.`,
        poor: 'Refunds are usually processed within 14 days. Please check with your bank.',
      },
      thanks(it),
    ],
  },
  {
    name: 'warranty',
    weight: 6,
    language: 'en',
    play: (it) => {
      const product = about(it, 'jacket', 'tent', 'pack', 'bag')
      const fault = it.one(
        'the zip is broken',
        'a buckle snapped',
        'a seam has come apart',
        'the coating is peeling off',
      )
      return [
        {
          says: it.one(
            `My ${product.name} is two years old and ${fault}. Is that covered?`,
            `${fault} on my ${product.name}, bought ${it.random.int(1, 4)} years ago. what can i do?`,
            `Hello, I love my ${product.name}, but ${fault}. Can you repair it?`,
          ),
          intent: 'warranty',
          sentiment: 'neutral',
          articles: ['warranty'],
          reply: `That is covered: our products carry five years of warranty against such faults, and the repair costs you nothing. It takes about three weeks. Please send me a photo and, if you have it, the order number; then I open the repair.`,
        },
        {
          says: it.one(
            `Order was ${it.order}, photo attached.`,
            `${it.order}. see picture`,
            `I don't have the number any more, but I bought it with this mail address.`,
          ),
          intent: 'warranty',
          sentiment: 'neutral',
          articles: ['warranty'],
          tools: [
            it.lookUpOrder({ placed_at: it.iso(-it.random.int(400, 1_300)) }),
            {
              name: 'open_repair',
              args: { sku: product.sku, fault },
              result: { repair_id: `REP-${it.random.int(1_000, 9_999)}`, workshop: 'Kassel', weeks: 3 },
            },
          ],
          reply: `Thank you, the repair is open. A label comes by mail; please send it clean and dry, that spares a week. You will hear from the workshop when it arrives and when it leaves.`,
        },
        {
          ...it.both(
            [
              'What if it cannot be repaired?',
              'Then you get the same product new, or its successor if it is no longer made. That is for the workshop to decide, within two days of arrival.',
            ],
            [
              `I need it for a trip on ${it.day(16)}, can that be done faster?`,
              'I can mark it as urgent, and the workshop then usually manages in ten days, but I cannot promise it. We do lend gear in our shops in Hamburg and Bergen.',
            ],
          ),
          intent: 'warranty',
          sentiment: 'neutral',
          articles: ['warranty'],
        },
      ]
    },
  },
]
