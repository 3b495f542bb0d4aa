import { type Scenario, thanks } from './scenario.ts'
import { about } from './shop.ts'

/** Before somebody buys. */
export const ADVICE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'size-advice',
    weight: 9,
    language: 'en',
    play: (it) => {
      const product = about(it, 'jacket', 'boots', 'trousers')
      const boots = product.kind === 'boots'
      const height = it.random.int(158, 194)
      return [
        {
          says: boots
            ? it.one(
                `I usually wear EU ${it.random.int(38, 45)} in sneakers. Which size for the ${product.name}?`,
                `do the ${product.name} run small?`,
              )
            : it.one(
                `I'm ${height} cm and ${Math.round(height * 0.42)} kg, what size should I take in the ${product.name}?`,
                `${product.name}: between M and L, which one?`,
              ),
          intent: 'size_advice',
          sentiment: 'neutral',
          articles: ['sizes'],
          reply: boots
            ? `The ${product.name} run true to EU size with a hiking sock, so take your usual one. Only if your second toe is longer than the first, go half a size up: you will be glad of it downhill.`
            : product.name.includes('down')
              ? `Between two sizes take the smaller one: down warms best when it lies close. With a thin layer underneath it should not feel tight at the shoulders.`
              : `It is cut to go over a mid layer, so your usual size fits. If you are between two, take the larger: you want to be able to lift your arms with a fleece underneath.`,
          poor: 'Please see the size chart on the product page.',
        },
        {
          ...it.both(
            [
              'And if it does not fit?',
              'Then you send it back within 60 days, free within the EU. Try it on at home with what you would wear underneath.',
            ],
            [
              'ok and can I send it back if its wrong?',
              'Yes, within 60 days, as long as it has not been worn outside. The label is free within the EU.',
            ],
            [
              'Does it shrink in the wash?',
              'Not if it is washed at 30 °C and dried on low. What changes in time is the water repellency, and the dryer brings that back.',
            ],
          ),
          intent: 'return',
          sentiment: 'neutral',
          articles: ['returns', 'care'],
        },
        thanks(it),
      ]
    },
  },
  {
    name: 'product-advice',
    weight: 9,
    language: 'en',
    play: (it) => {
      const nights = it.random.int(3, 10)
      const place = it.one('Jotunheimen', 'the Dolomites', 'Iceland', 'the Cairngorms', 'Sarek', 'the Pyrenees')
      return [
        {
          says: it.one(
            `I'm going to ${place} for ${nights} nights in ${it.one('May', 'June', 'September', 'October')}. Which sleeping bag would you take?`,
            `Is the Nordkapp +2 warm enough for ${place} in September?`,
            `tent for 2 people + dog, ${nights} days in ${place}, should not weigh more than 3 kg`,
          ),
          intent: 'product_advice',
          sentiment: 'neutral',
          tools: [
            {
              name: 'search_catalog',
              args: { query: `${place} ${nights} nights`, categories: ['sleeping_bags', 'tents'], limit: 4 },
              result: {
                hits: [
                  {
                    sku: 'FJ-BAG-009',
                    name: 'Nordkapp -9 sleeping bag',
                    weight_g: 1180,
                    comfort_c: -3,
                    price_eur: 269,
                  },
                  { sku: 'FJ-BAG-002', name: 'Nordkapp +2 sleeping bag', weight_g: 790, comfort_c: 5, price_eur: 179 },
                  { sku: 'FJ-TNT-020', name: 'Breheimen 3 tent', weight_g: 2740, persons: 3, price_eur: 529 },
                ],
              },
            },
          ],
          reply: `For ${place} I would plan for nights around freezing, wind included. The Nordkapp -9 (1,180 g, comfort −3 °C) leaves a margin; the +2 is 390 g lighter but asks for warm clothes as well. Two people with a dog are better off in the Breheimen 3: 2,740 g, and the vestibule takes wet packs.`,
          poor: `Our most popular product for ${place} is the Polaris 400 headlamp.`,
        },
        {
          ...it.both(
            [
              'And what mat goes with it?',
              'One with an R-value of 4 or more; below that the ground takes the warmth, whatever the bag. A folded foam mat under an inflatable one does the same.',
            ],
            [
              'is down ok if it gets wet?',
              'The down is treated and takes some damp, but not a soaking. Keep it in a dry bag in the pack and it is the warmest you can carry for the weight.',
            ],
            [
              'How small does it pack?',
              'In the sack it comes with: 32 by 19 cm. With a compression sack about a third less, but do not store it that way.',
            ],
          ),
          intent: 'product_advice',
          sentiment: 'neutral',
        },
        {
          says: it.one(`Good. Is it in stock?`, 'can you get it to me in a week?'),
          intent: 'stock',
          sentiment: 'positive',
          articles: ['stock', 'delivery'],
          tools: [
            {
              name: 'check_stock',
              args: { sku: 'FJ-BAG-009' },
              result: { sku: 'FJ-BAG-009', available: it.random.int(4, 60), warehouse: 'Kassel' },
            },
          ],
          reply: `Yes, it is in the warehouse in Kassel. Ordered before 14:00 it leaves today and is with you in ${it.person.city} by ${it.day(4)}.`,
        },
        thanks(it),
      ]
    },
  },
]
