/** The help centre. What the bot may say about rules stands here. */
export const ARTICLES = {
  delivery: {
    title: 'Delivery times and tracking',
    content:
      'Orders placed before 14:00 on a working day leave our warehouse the same day. Standard delivery takes 2–4 working days within the EU and 3–5 to the UK and Switzerland. If tracking has not moved for five working days we start a search with the carrier, and after ten we replace or refund the order.',
  },
  returns: {
    title: 'Returns and exchanges',
    content:
      'You can return unused goods within 60 days of delivery. The label is free within the EU; from the UK and Switzerland we deduct 6 EUR. Refunds reach the original means of payment 3–5 working days after the parcel has been checked. Worn footwear cannot be taken back unless it is faulty.',
  },
  warranty: {
    title: 'Warranty and repairs',
    content:
      'Fjellheim products carry a five-year warranty against faults of material and workmanship. Zips, poles and buckles are repaired free of charge in that time. Wear, burns and cuts are not covered, but our workshop repairs them from 15 EUR. A repair takes about three weeks.',
  },
  sizes: {
    title: 'Finding your size',
    content:
      'Jackets are cut to be worn over a mid layer: take your usual size. Between two sizes, take the larger for shells and the smaller for down. Boots run true to EU size with a hiking sock; if your second toe is longer than the first, go half a size up.',
  },
  changes: {
    title: 'Changing or cancelling an order',
    content:
      'An order can be changed or cancelled free of charge until it is packed, usually within two hours on working days. After that the address can still be changed with the carrier once, and the order can be refused at the door or returned.',
  },
  payment: {
    title: 'Payment, codes and gift cards',
    content:
      'We take cards, PayPal, Klarna and bank transfer. One discount code per order; codes do not apply to gift cards or to goods that are reduced already. A payment that was declined is not charged; a reservation on your card lapses within three working days.',
  },
  invoices: {
    title: 'Invoices and VAT',
    content:
      'An invoice is sent with the shipping confirmation and can be downloaded under Account → Orders. Business customers with a valid VAT number outside Germany are invoiced without VAT; the number has to be entered before the order is placed.',
  },
  account: {
    title: 'Your account',
    content:
      'A link to set a new password is valid for 30 minutes. If no mail arrives, look in the spam folder and check whether you signed up with Google or Apple. You can ask for a copy of your data or its deletion at any time; we answer within 30 days.',
  },
  care: {
    title: 'Washing and care',
    content:
      'Wash shells at 30 °C with liquid detergent, no softener, and tumble dry on low for 20 minutes: the heat brings the water repellency back. Down is washed with down soap and dried with two tennis balls until no lumps can be felt.',
  },
  stock: {
    title: 'Availability and restocks',
    content:
      'What is shown as sold out can be watched: press the bell and we write once when it is back. Most goods are restocked every four to six weeks. We cannot reserve goods, but a paid pre-order ships first.',
  },
} as const

export type ArticleId = keyof typeof ARTICLES
export const ARTICLE_IDS = Object.keys(ARTICLES) as ArticleId[]
