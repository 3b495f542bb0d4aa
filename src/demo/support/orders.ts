import { type Scenario, thanks } from './scenario.ts'
import { about } from './shop.ts'

/** Before and after the parcel arrives. */
export const ORDER_SCENARIOS: readonly Scenario[] = [
  {
    name: 'where-is-it',
    weight: 16,
    language: 'en',
    play: (it) => {
      const shipped = -it.random.int(2, 4)
      const due = it.random.int(1, 2)
      return [
        {
          says: it.one(
            `Hi, where is my order ${it.order}? It was supposed to be here by now.`,
            `hey can you tell me when ${it.order} will arrive`,
            `Hello, I ordered the ${it.product.name} last week and the tracking page just says "in transit". Order number is ${it.order}.`,
            `Is there any update on ${it.order}? We leave for a trip on ${it.day(4)} and I need the ${it.product.name}.`,
          ),
          intent: 'order_status',
          sentiment: 'neutral',
          articles: ['delivery'],
          tools: [
            it.lookUpOrder({
              status: 'shipped',
              shipped_at: it.iso(shipped),
              carrier: it.carrier,
              tracking: it.tracking,
            }),
            {
              name: 'track_parcel',
              args: { carrier: it.carrier, tracking: it.tracking },
              result: {
                status: 'in_transit',
                last_event: { at: it.iso(-1), place: 'Hub Hamburg', text: 'Departed from sorting centre' },
                estimated_delivery: it.iso(due),
              },
            },
          ],
          reply: `Your ${it.product.name} (order ${it.order}) left our warehouse on ${it.day(shipped)} with ${it.carrier}. It departed from the sorting centre in Hamburg yesterday and should reach you on ${it.day(due)}. You can follow it with the number ${it.tracking}.`,
          poor: 'Your order is on its way. Please check the tracking page for details on your delivery.',
        },
        {
          ...it.both(
            [
              `What if nobody is home on ${it.day(due)}?`,
              `${it.carrier} tries once, then takes the parcel to the nearest pickup point, where it waits for seven days.`,
            ],
            [
              'Can the driver leave it with a neighbour?',
              `Yes, if you name one: choose "Redirect" on the tracking page before the morning of ${it.day(due)} and enter the neighbour there.`,
            ],
            [
              'ok and can i still have it sent to a pickup point instead?',
              `You can: choose "Redirect" on the tracking page before the morning of ${it.day(due)}; it costs nothing. The parcel waits at the pickup point for seven days.`,
            ],
          ),
          intent: 'delivery_options',
          sentiment: 'neutral',
          articles: ['delivery', 'changes'],
        },
        thanks(it),
      ]
    },
  },
  {
    name: 'lost-parcel',
    weight: 7,
    language: 'en',
    play: (it) => [
      {
        says: it.one(
          `My parcel has not moved for 8 days. Order ${it.order}. What is going on??`,
          `${it.order} — tracking stuck since ${it.day(-8)}. I think it's lost.`,
          `This is the second time I write. Order ${it.order} still hasn't arrived and nobody can tell me where it is.`,
        ),
        intent: 'order_status',
        sentiment: 'negative',
        articles: ['delivery'],
        tools: [
          it.lookUpOrder({ status: 'shipped', shipped_at: it.iso(-9), carrier: it.carrier, tracking: it.tracking }),
          {
            name: 'track_parcel',
            args: { carrier: it.carrier, tracking: it.tracking },
            result: {
              status: 'exception',
              last_event: { at: it.iso(-8), place: 'Hub Liège', text: 'Held for inspection' },
              estimated_delivery: null,
            },
          },
        ],
        reply: `I'm sorry, ${it.person.first}: your parcel was last scanned in Liège on ${it.day(-8)} and has not moved since. That is longer than it may take, so I can start a search with ${it.carrier} now. If it is not found within two working days we send a new ${it.product.name} or refund you, whichever you like. Shall I?`,
        poor: `I understand your frustration. Parcels can sometimes take a little longer. Please wait for another 5–10 working days before you contact us again.`,
      },
      {
        says: it.one(
          'Yes please start the search. And if it is lost I want a new one.',
          'yes, and send a replacement',
          'Do that. A refund would be better for me though.',
        ),
        intent: 'open_case',
        sentiment: 'neutral',
        tools: [
          {
            name: 'open_carrier_claim',
            args: { order_id: it.order, carrier: it.carrier, tracking: it.tracking, reason: 'no_movement' },
            result: { claim_id: `CLM-${it.random.int(10_000, 99_999)}`, status: 'open', answer_due: it.iso(2) },
          },
        ],
        reply: `Done. ${it.carrier} has until ${it.day(2)} to answer, and I have noted your wish on the case. You will get a mail at ${it.person.email} either way; you need not write again.`,
      },
      {
        ...it.both(
          [
            'Fine. Hope it works this time.',
            `So do I. If there is no word from us by noon on ${it.day(3)}, answer to that mail and it goes straight to a colleague.`,
          ],
          [
            `I really need it before ${it.day(6)}.`,
            'Noted on the case. If it has to be replaced, it goes by express at our cost.',
          ],
          ['ok', `Thank you for your patience, ${it.person.first}.`],
        ),
        intent: 'goodbye',
        sentiment: 'neutral',
      },
    ],
  },
  {
    name: 'change-address',
    weight: 6,
    language: 'en',
    play: (it) => {
      const packed = it.random.chance(0.4)
      const street = `${it.one('Storgata', 'Mill Lane', 'Lindenweg', 'Rue des Alpes', 'Kirkeveien')} ${it.random.int(2, 140)}`
      return [
        {
          says: it.one(
            `I put the wrong address on order ${it.order}, can you change it?`,
            `just ordered (${it.order}) and noticed it goes to my old flat. pls change to ${street}, ${it.person.city}`,
            `Good morning, could you update the delivery address of ${it.order} to ${street} in ${it.person.city}?`,
          ),
          intent: 'change_address',
          sentiment: 'neutral',
          articles: ['changes'],
          tools: [it.lookUpOrder({ status: packed ? 'packed' : 'paid', placed_at: it.iso(0) })],
          reply: packed
            ? `Your order is packed already, so I cannot change the label any more. What works: as soon as you have the tracking number (this afternoon), choose "Redirect" at ${it.carrier} and enter ${street}, ${it.person.city}. It can be done once and is free.`
            : `Good that you noticed early: ${it.order} is not packed yet. Shall I change the address to ${street}, ${it.person.city}? The rest of the order stays as it is.`,
          poor: 'You can change your delivery address in your account settings at any time.',
        },
        {
          says: packed
            ? it.one('Ok, will do that.', 'And if I miss the redirect?')
            : it.one('Yes please', 'yes, exactly', 'Correct, thank you'),
          intent: 'change_address',
          sentiment: 'neutral',
          ...(packed
            ? {}
            : {
                tools: [
                  {
                    name: 'update_shipping_address',
                    args: { order_id: it.order, street, city: it.person.city },
                    result: { order_id: it.order, updated: true },
                  },
                ],
              }),
          reply: packed
            ? 'Then the parcel comes back to us after seven days at the pickup point, and we send it again to the right address at no cost.'
            : `Changed. ${it.order} goes to ${street}, ${it.person.city}; a new confirmation is on its way to ${it.person.email}.`,
        },
        thanks(it),
      ]
    },
  },
  {
    name: 'cancel',
    weight: 5,
    language: 'en',
    play: (it) => [
      {
        says: it.one(
          `Please cancel order ${it.order}, I ordered twice by accident.`,
          `cancel ${it.order} pls, found it cheaper`,
          `I'd like to cancel my order from this morning, number ${it.order}.`,
        ),
        intent: 'cancel_order',
        sentiment: 'neutral',
        articles: ['changes'],
        tools: [
          it.lookUpOrder({ status: 'paid', placed_at: it.iso(0) }),
          {
            name: 'cancel_order',
            args: { order_id: it.order, reason: 'customer_request' },
            result: { order_id: it.order, status: 'cancelled', refund_eur: it.product.euros },
          },
        ],
        reply: `${it.order} is cancelled. The ${it.product.euros} EUR go back the way you paid and arrive in 3–5 working days, depending on your bank.`,
      },
      thanks(it),
    ],
  },
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
