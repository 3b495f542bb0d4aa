import { type Scenario, thanks } from './scenario.ts'

/** Until the parcel arrives. */
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
]
