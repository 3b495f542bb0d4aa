/** The handbook of the shop's people: passages as they stand in the index. */
export const PASSAGES = {
  'oncall/rota': [
    'On-call: the rota',
    'On-call lasts one week and changes on Tuesdays at 10:00. The first on call answers a page within 10 minutes, day and night; after that it goes to the second. Whoever was paged at night may start later the next day, and each week on call gives one day off, to be taken within eight weeks.',
  ],
  'oncall/handover': [
    'On-call: handing over',
    'Hand over in a call of a quarter of an hour: what is open, what was silenced and until when, which deploys are planned. Silenced alerts without an end date are removed at the handover. The notes go into the on-call channel.',
  ],
  'incidents/severity': [
    'Incidents: severities',
    'SEV1: customers cannot order or pay, or data leaks; the incident lead is paged at once and the board told within 30 minutes. SEV2: a part of the shop is down or slower than five seconds. SEV3: an inner tool is down and there is a way around. When in doubt choose the higher one: lowering it later costs nothing.',
  ],
  'incidents/lead': [
    'Incidents: the lead',
    'The incident lead does not repair anything. The lead decides, keeps the timeline, and writes an update every 30 minutes for a SEV1 and every two hours for a SEV2. Anybody may take the lead; say so in the channel: "I have the lead."',
  ],
  'incidents/review': [
    'Incidents: reviews',
    'A review is held within five working days of every SEV1 and SEV2. It names causes, never culprits. Each action has an owner and a date, and actions of a SEV1 go before planned work. The text is open to everybody in the company.',
  ],
  'deploy/production': [
    'Deploying to production',
    'A merge to main is deployed to staging at once and to production after the checks have passed and a person has pressed the button. There are no deploys on Fridays after 14:00, nor in the week before Black Friday. A deploy takes about 12 minutes and goes to 5 % of the traffic first.',
  ],
  'deploy/rollback': [
    'Rolling back',
    'Roll back first, understand later. "shipctl rollback shop" brings the last good release back within two minutes. Migrations are not rolled back, which is why every migration must work with the release before it.',
  ],
  'deploy/flags': [
    'Feature flags',
    'A flag has an owner and a date on which it goes. New flags begin at 0 %, then 5, 25 and 100, each for a day at least. A flag at 100 % for four weeks is removed from the code; the bot opens the ticket.',
  ],
  'deploy/migrations': [
    'Database migrations',
    'Add first, remove in a later release. Columns of tables over a million rows are added without a default, then filled in batches of 5,000. Indexes are made concurrently. The data team reads every migration of the orders database.',
  ],
  'security/secrets': [
    'Secrets',
    'Secrets live in the vault and nowhere else, also not in a private repository. Database passwords turn over every 30 days by themselves; keys of third parties every 90 days by their owner. A secret that was pasted into a chat counts as leaked: turn it over and tell security within the hour.',
  ],
  'security/access': [
    'Access requests',
    'Access is asked for in the portal with a reason and an end, at most 90 days. Your lead confirms it, and for customer data the privacy officer too. Access to production data is read-only and logged; writing takes two people.',
  ],
  'security/personal-data': [
    'Personal data',
    'Orders are kept for ten years, chats with customers for one year, applications for six months. Test systems get made-up data only. Whoever exports customer data writes down why, and deletes the file after 14 days.',
  ],
  'security/phishing': [
    'Suspicious mail',
    'Do not click, do not answer, forward it as an attachment to phish@fjellheim.example. If you have entered a password already, call security at once, at any hour; nobody gets into trouble for telling us.',
  ],
  'people/parental-leave': [
    'Parental leave',
    'Each parent gets 16 weeks with full pay, to be taken within 18 months of the birth or adoption, in up to three parts. Tell your lead eight weeks ahead. The first week back is at half time with full pay.',
  ],
  'people/holidays': [
    'Holidays',
    'Everybody has 28 days of holiday a year besides public holidays. Up to five unused days can be taken over into the next year, until the end of March. More than two weeks in one piece is agreed with the team four weeks ahead.',
  ],
  'people/sick': [
    'Being ill',
    'Tell your lead before ten in the morning, one line is enough. From the fourth day we need a note from a doctor. Children under 12 who are ill: ten days a year with full pay for each parent.',
  ],
  'people/remote-abroad': [
    'Working from abroad',
    'Up to 30 days a year from another country of the EU, and 15 from the rest of the world. Ask the people team three weeks ahead, for tax and insurance. Not from countries on the embargo list, and never with customer data on the machine.',
  ],
  'people/reviews': [
    'Talks about growth',
    'Twice a year, in March and September: you write a page, your lead writes a page, then you talk for an hour. Pay is settled in April by bands that everybody can see. There are no grades.',
  ],
  'people/hiring': [
    'Hiring',
    'Four talks at most: a first call, a piece of work of two hours that is paid, a talk with the team, and one with the lead of another team. Everybody writes down their view before reading that of the others. We answer within three working days, always with a reason.',
  ],
  'money/expenses': [
    'Expenses',
    'Hand in expenses within 30 days with a photo of the receipt. Meals up to 35 EUR a day when travelling, hotels up to 140 EUR a night, 180 in Oslo, London and Zürich. Trains before planes when the ride is under six hours; first class from three hours on.',
  ],
  'money/equipment': [
    'Laptop and desk',
    'You choose between two laptops, replaced every three years. For a desk at home there are 600 EUR once and 150 EUR each year after. Things over 250 EUR stay with the company.',
  ],
  'money/learning': [
    'Books, courses, conferences',
    'Everybody has 1,500 EUR and five days a year for learning. Books need no confirmation. Whoever speaks at a conference goes on the company, beside that budget.',
  ],
  'money/purchases': [
    'Buying software',
    'Up to 100 EUR a month your lead decides; above, the finance team with a second offer. Anything that sees customer data needs a check by security first, which takes about a week.',
  ],
  'warehouse/picking': [
    'Picking and packing',
    'Orders are picked in waves at 7:00, 10:30 and 14:00. Footwear and tents are weighed after packing; more than 40 g off means that the parcel is opened. Gas cartridges go separately, by road only, and never to islands.',
  ],
  'warehouse/grading': [
    'Grading returns',
    'A: as new, back on sale. B: tried on outside or without packing, to the second-hand shop at 30 % off. C: worn or faulty, to the workshop. D: neither sold nor repaired; parts are kept. Every return is graded within three working days.',
  ],
  'warehouse/stocktake': [
    'Stocktaking',
    'Each shelf is counted twice a year, fast sellers every month. A difference of more than 2 % or 500 EUR is counted again by somebody else the same day.',
  ],
  'service/refund-limits': [
    'Who may refund how much',
    'Service people up to 250 EUR, team leads up to 1,000 EUR, above that finance. Goodwill vouchers up to 20 % of the order need no confirmation. The bots refund nothing above 250 EUR.',
  ],
  'service/tone': [
    'How we write',
    'Short sentences, no jargon, no exclamation marks in bad news. Say what happened, what we do, and by when. Apologise once. Use the first name if the customer does.',
  ],
  'partners/api-limits': [
    'Partner API: limits',
    'Partners may send 600 requests a minute for each key, in bursts of up to 50 at once. Above that they get a 429 with Retry-After. Bulk stock updates go to /v3/stock/batch, 500 lines at most.',
  ],
  'partners/webhooks': [
    'Partner API: webhooks',
    'We send order.created, order.shipped and return.received. A delivery that is not answered with 2xx within ten seconds is tried again after 1, 5, 30 and 120 minutes, then stopped. The signature is HMAC-SHA256 of the body.',
  ],
} as const satisfies Record<string, readonly [title: string, text: string]>

export type PassageId = keyof typeof PASSAGES
export const PASSAGE_IDS = Object.keys(PASSAGES) as PassageId[]
