import type { PassageId } from './handbook.ts'

export interface Question {
  from: readonly PassageId[]
  /** Ways to ask it. */
  asks: readonly string[]
  answer: string
  /** What somebody asks next, answered from the same passages or from others. */
  next?: readonly { asks: string; from: readonly PassageId[]; answer: string }[]
  /** An answer that the passages do not bear out. */
  wrong?: string
}

/** What people ask. Numbers in brackets cite the passages in the order in which they were given. */
export const QUESTIONS: readonly Question[] = [
  {
    from: ['oncall/rota'],
    asks: ['How long do I have to answer a page?', 'what happens if I sleep through a page', 'On-call response time?'],
    answer: 'Ten minutes, day and night. If you do not answer in that time, the page goes to the second on call [1].',
    next: [
      {
        asks: 'And do I get time off for a bad night?',
        from: ['oncall/rota'],
        answer:
          'Yes. After a page at night you may start later the next day, and each week on call gives you one day off, to be taken within eight weeks [1].',
      },
    ],
  },
  {
    from: ['oncall/handover', 'oncall/rota'],
    asks: ['What do I have to do when I hand over on-call?', 'oncall handover checklist'],
    answer:
      'Plan a call of 15 minutes on Tuesday around 10:00, when the rota changes [2]. Go through what is open, which alerts are silenced and until when, and which deploys are planned; silences without an end date are removed. Post your notes in the on-call channel [1].',
  },
  {
    from: ['incidents/severity'],
    asks: [
      'Checkout is slow, about 8 seconds. What severity is that?',
      'when is something a SEV1?',
      'difference between sev1 and sev2',
    ],
    answer:
      'SEV1 means that customers cannot order or pay, or that data leaks. A part of the shop that is down or slower than five seconds is a SEV2, so a checkout of eight seconds is a SEV2, unless payments fail. If you are in doubt take the higher one; lowering it later costs nothing [1].',
    wrong: 'A slow checkout is a SEV3, because customers can still place orders. No page is needed.',
    next: [
      {
        asks: 'Who tells the board?',
        from: ['incidents/severity', 'incidents/lead'],
        answer:
          'For a SEV1 the board is told within 30 minutes [1]. The incident lead writes the updates, every 30 minutes for a SEV1 [2].',
      },
      {
        asks: 'Can I be the lead although I am new here?',
        from: ['incidents/lead'],
        answer:
          'Yes, anybody may take the lead. Say "I have the lead" in the channel; then you decide and keep the timeline, and leave the repair to others [1].',
      },
    ],
  },
  {
    from: ['incidents/review'],
    asks: ['Do we need a postmortem for a SEV2?', 'deadline for the incident review?'],
    answer:
      'Yes: every SEV1 and SEV2 is reviewed within five working days. Each action gets an owner and a date, and those of a SEV1 go before planned work [1].',
  },
  {
    from: ['deploy/production'],
    asks: ['Can I deploy on a Friday?', 'is it ok to ship at 15:30 today (friday)', 'When is the deploy freeze?'],
    answer: 'On Fridays only until 14:00. There are also no deploys in the week before Black Friday [1].',
    wrong: 'Yes, you can deploy at any time as long as the checks have passed.',
    next: [
      {
        asks: 'How long does a deploy take?',
        from: ['deploy/production'],
        answer: 'About 12 minutes. It goes to 5 % of the traffic first [1].',
      },
      {
        asks: 'And if it breaks something?',
        from: ['deploy/rollback', 'deploy/production'],
        answer:
          'Roll back first: "shipctl rollback shop" brings back the last good release within two minutes. Migrations stay, so they must work with the release before [1].',
      },
    ],
  },
  {
    from: ['deploy/rollback', 'deploy/migrations'],
    asks: ['How do I roll back the shop?', 'rollback command?', 'does rollback also undo the migration'],
    answer:
      'With "shipctl rollback shop"; the last good release is back within two minutes. Migrations are not undone, which is why each has to work with the release before it [1].',
  },
  {
    from: ['deploy/flags'],
    asks: ['What are the steps for rolling out a feature flag?', 'When do flags have to be cleaned up?'],
    answer:
      'Begin at 0 %, then 5, 25 and 100 %, each for at least a day. Once a flag has been at 100 % for four weeks it is removed from the code; the bot opens the ticket [1].',
  },
  {
    from: ['deploy/migrations'],
    asks: [
      'I need to add a column to the orders table (40M rows). What is the safe way?',
      'who reviews migrations of the orders db?',
    ],
    answer:
      'Add the column without a default, then fill it in batches of 5,000; remove old columns only in a later release. Make indexes concurrently. As it is the orders database, the data team reads the migration [1].',
    wrong: 'You can add the column with a default value in one ALTER TABLE; modern databases do that instantly.',
  },
  {
    from: ['security/secrets'],
    asks: [
      'I pasted an API key into the team chat by accident. What now?',
      'how often are db passwords rotated',
      'where do secrets go?',
    ],
    answer:
      'A secret that was in a chat counts as leaked: turn it over and tell security within the hour. Secrets belong in the vault only. Database passwords turn over every 30 days by themselves, keys of third parties every 90 days by their owner [1].',
  },
  {
    from: ['security/access'],
    asks: ['How do I get read access to production?', 'need access to customer data for an analysis, whom do I ask?'],
    answer:
      'Ask in the portal, with a reason and an end of at most 90 days. Your lead confirms it, and for customer data the privacy officer too. It is read-only and logged [1].',
    next: [
      {
        asks: 'For how long may I keep an export?',
        from: ['security/personal-data'],
        answer: 'For 14 days; then the file is deleted. Write down why you exported it [1].',
      },
    ],
  },
  {
    from: ['security/personal-data'],
    asks: [
      'How long do we keep chats with customers?',
      'retention of orders vs. applications',
      'Can I copy production data to staging?',
    ],
    answer:
      'Chats with customers are kept for one year, orders for ten, applications for six months. Test systems get made-up data only, so a copy of production is not allowed [1].',
  },
  {
    from: ['security/phishing'],
    asks: ['I got a strange mail from "the CEO" asking for gift cards', 'i clicked on a phishing link :('],
    answer:
      'Do not answer; forward it as an attachment to phish@fjellheim.example. If you have entered a password, call security at once, at any hour. Nobody gets into trouble for telling [1].',
  },
  {
    from: ['people/parental-leave'],
    asks: ['How much parental leave do fathers get?', 'parental leave policy', 'Can I split my parental leave?'],
    answer:
      'Each parent gets 16 weeks with full pay, within 18 months of the birth or adoption and in up to three parts. Tell your lead eight weeks ahead [1].',
    next: [
      {
        asks: 'Can I come back part-time at first?',
        from: ['people/parental-leave'],
        answer:
          'The first week back is at half time with full pay [1]. The handbook says nothing of more than that; ask the people team.',
      },
    ],
  },
  {
    from: ['people/holidays'],
    asks: ['How many days can I carry over into next year?', 'do unused holidays expire?'],
    answer: 'Up to five days, and they must be taken by the end of March [1].',
    wrong: 'All unused holidays are carried over and do not expire.',
  },
  {
    from: ['people/sick', 'people/holidays'],
    asks: ['My daughter is ill, can I stay at home?', 'when do I need a doctors note'],
    answer:
      'Yes: for children under 12 there are ten days a year with full pay for each parent. Tell your lead before ten in the morning. For yourself, a note from a doctor is needed from the fourth day [1].',
  },
  {
    from: ['people/remote-abroad'],
    asks: [
      'Can I work from Portugal for three weeks in February?',
      'working from outside the EU - allowed?',
      'I want to work from Thailand for a month',
    ],
    answer:
      'Within the EU up to 30 days a year, outside up to 15. Ask the people team three weeks ahead because of tax and insurance, and take no customer data with you on the machine [1].',
    next: [
      {
        asks: 'Does that count as holiday?',
        from: ['people/remote-abroad', 'people/holidays'],
        answer: 'No, you work on those days. They are limited apart from your 28 days of holiday [1][2].',
      },
    ],
  },
  {
    from: ['people/reviews'],
    asks: ['When are the reviews and when is pay decided?', 'do we have performance ratings?'],
    answer:
      'The talks are in March and September; you and your lead each write a page first. Pay is settled in April, by bands that everybody can see. There are no grades [1].',
  },
  {
    from: ['people/hiring'],
    asks: ['How many interviews do we do?', 'Is the take-home task paid?'],
    answer:
      'Four talks at most, one of which is a piece of work of two hours, and that is paid. Everybody writes down their view before reading the others, and we answer within three working days [1].',
  },
  {
    from: ['money/expenses'],
    asks: [
      'What is the hotel limit in London?',
      'Can I take first class to Hamburg (4h)?',
      'how long do i have to hand in receipts',
    ],
    answer:
      'Hotels up to 180 EUR a night in Oslo, London and Zürich, 140 EUR elsewhere. First class is fine from three hours on. Hand everything in within 30 days with a photo of the receipt [1].',
    wrong: 'The hotel limit is 250 EUR per night in all cities.',
  },
  {
    from: ['money/equipment'],
    asks: ['Is there a budget for a desk at home?', 'When do I get a new laptop?'],
    answer:
      'There are 600 EUR once for a desk at home and 150 EUR each year after that. Laptops are replaced every three years [1].',
  },
  {
    from: ['money/learning'],
    asks: ['What is my learning budget?', 'I am speaking at a conference, who pays?'],
    answer:
      '1,500 EUR and five days a year; books need no confirmation. If you speak at a conference the company pays beside that budget [1].',
  },
  {
    from: ['money/purchases', 'security/access'],
    asks: ['We want to try a new analytics tool for 300 EUR/month. Who has to approve?', 'software purchase approval'],
    answer:
      'Above 100 EUR a month the finance team decides, and wants a second offer. If the tool sees customer data, security checks it first, which takes about a week [1].',
  },
  {
    from: ['warehouse/picking'],
    asks: ['Can we ship gas cartridges to Mallorca?', 'when is the last picking wave'],
    answer:
      'Gas cartridges go by road only and never to islands, so not to Mallorca. The waves are at 7:00, 10:30 and 14:00 [1].',
  },
  {
    from: ['warehouse/grading'],
    asks: ['A jacket came back without its packing, otherwise fine. Which grade?', 'what is grade C'],
    answer:
      'Without packing it is grade B: second-hand shop, 30 % off. C is for worn or faulty goods, which go to the workshop. Grading is due within three working days [1].',
  },
  {
    from: ['warehouse/stocktake'],
    asks: ['We counted 12 boots less than the system says. What do I do?'],
    answer:
      'If the difference is more than 2 % or 500 EUR, somebody else counts that shelf again the same day [1]. Twelve pairs of boots are above 500 EUR.',
  },
  {
    from: ['service/refund-limits'],
    asks: ['How much can I refund without asking?', 'goodwill voucher limits?'],
    answer:
      'As a service person up to 250 EUR; team leads up to 1,000 EUR, above that finance. Goodwill vouchers up to 20 % of the order need no confirmation [1].',
  },
  {
    from: ['service/tone'],
    asks: ['How do we write to a customer whose parcel is lost?', 'tone of voice for complaints'],
    answer:
      'Say what happened, what we do and by when, in short sentences and without jargon. Apologise once, and leave out exclamation marks [1].',
  },
  {
    from: ['partners/api-limits'],
    asks: ['A partner gets 429s from our API. What is the limit?', 'how many stock lines per batch'],
    answer:
      '600 requests a minute for each key, with bursts of up to 50. Bulk updates of stock go to /v3/stock/batch with at most 500 lines [1].',
    next: [
      {
        asks: 'Which webhooks can they use instead of polling?',
        from: ['partners/webhooks'],
        answer: 'order.created, order.shipped and return.received. Each is signed with HMAC-SHA256 of the body [1].',
      },
    ],
  },
  {
    from: ['partners/webhooks'],
    asks: ['How often do we retry webhooks?', 'webhook signature for partners?'],
    answer:
      'Four times, after 1, 5, 30 and 120 minutes, if there is no 2xx within ten seconds. The signature is HMAC-SHA256 of the body [1].',
  },
]

/** Questions that the handbook does not answer. */
export const UNANSWERED = [
  'What is the wifi password in the Leeds office?',
  'Who is the lead of the data team?',
  'is there parking at the Kassel warehouse',
  'Can I bring my dog to the office?',
  'When is the summer party?',
] as const
