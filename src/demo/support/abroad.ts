import type { Scenario } from './scenario.ts'
import { about } from './shop.ts'

/** In German, Spanish and French. */
export const ABROAD_SCENARIOS: readonly Scenario[] = [
  {
    name: 'lieferung',
    weight: 6,
    language: 'de',
    play: (it) => [
      {
        says: it.one(
          `Hallo, wo bleibt meine Bestellung ${it.order}?`,
          `Guten Tag, laut Sendungsverfolgung liegt mein Paket seit ${it.random.int(2, 4)} Tagen in Hamburg. Bestellnummer ${it.order}.`,
          `moin, ${it.order} sollte gestern kommen. wann kommt das?`,
        ),
        intent: 'order_status',
        sentiment: 'neutral',
        articles: ['delivery'],
        tools: [
          it.lookUpOrder({ status: 'shipped', shipped_at: it.iso(-3), carrier: it.carrier, tracking: it.tracking }),
          {
            name: 'track_parcel',
            args: { carrier: it.carrier, tracking: it.tracking },
            result: {
              status: 'out_for_delivery',
              last_event: { at: it.iso(0), place: it.person.city, text: 'In Zustellung' },
            },
          },
        ],
        reply: `Guten Tag! Ihr Paket (${it.product.name}) ist seit heute Morgen in ${it.person.city} in der Zustellung und sollte bis 18 Uhr bei Ihnen sein. Falls Sie nicht zu Hause sind, bringt ${it.carrier} es zur nächsten Abholstelle, wo es sieben Tage liegt.`,
        poor: 'Your parcel is on its way. Please check the tracking page.',
      },
      {
        says: it.one('Super, vielen Dank!', 'ok danke', 'Dann warte ich mal.'),
        intent: 'goodbye',
        sentiment: 'positive',
        reply: it.one('Sehr gerne, viel Freude damit!', 'Gerne. Einen schönen Tag noch!'),
      },
    ],
  },
  {
    name: 'devolucion',
    weight: 3,
    language: 'es',
    play: (it) => [
      {
        says: it.one(
          `Hola, quiero devolver el pedido ${it.order}, me queda pequeño.`,
          `Buenas, ¿cómo puedo devolver un artículo? Pedido ${it.order}`,
        ),
        intent: 'return',
        sentiment: 'neutral',
        articles: ['returns'],
        tools: [
          it.lookUpOrder({ delivered_at: it.iso(-5) }),
          {
            name: 'create_return',
            args: { order_id: it.order, sku: it.product.sku, reason: 'fit' },
            result: { return_id: `RET-${it.random.int(10_000, 99_999)}`, label_sent_to: it.person.email, free: true },
          },
        ],
        reply: `¡Hola, ${it.person.first}! Tienes 60 días desde la entrega, siempre que esté sin usar. Te he enviado la etiqueta gratuita a ${it.person.email}. Cuando revisemos el paquete, recibirás los ${it.product.euros} EUR en 3–5 días laborables.`,
      },
      {
        says: it.one('¡Gracias!', 'Perfecto, gracias'),
        intent: 'goodbye',
        sentiment: 'positive',
        reply: '¡De nada! Que tengas un buen día.',
      },
    ],
  },
  {
    name: 'taille',
    weight: 3,
    language: 'fr',
    play: (it) => {
      const product = about(it, 'jacket', 'boots')
      return [
        {
          says: it.one(
            `Bonjour, quelle taille pour la ${product.name} ? Je fais 1m${it.random.int(60, 89)}.`,
            `Bonjour, est-ce que le modèle ${product.name} taille petit ?`,
          ),
          intent: 'size_advice',
          sentiment: 'neutral',
          articles: ['sizes'],
          reply: `Bonjour ! Le modèle ${product.name} taille normalement : prenez votre taille habituelle. Entre deux tailles, la plus grande est plus confortable avec une couche dessous. Le retour est gratuit pendant 60 jours.`,
        },
        {
          says: it.one('Merci beaucoup !', 'Très bien, merci.'),
          intent: 'goodbye',
          sentiment: 'positive',
          reply: 'Avec plaisir, bonne randonnée !',
        },
      ]
    },
  },
]
