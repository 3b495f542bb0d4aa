import { type Scenario, thanks } from './scenario.ts'

/** Paying, the account, and who would rather talk to a person. */
export const ACCOUNT_SCENARIOS: readonly Scenario[] = [
  {
    name: 'discount-code',
    weight: 8,
    language: 'en',
    play: (it) => [
      {
        says: it.one(
          `The code HOST15 from your newsletter does not work`,
          `hi, "HOST15" says invalid at checkout. i got the mail today`,
          `Why can't I use HOST15 on the ${it.product.name}? It says the code is not valid for my basket.`,
        ),
        intent: 'discount_code',
        sentiment: 'negative',
        articles: ['payment'],
        tools: [
          {
            name: 'validate_code',
            args: { code: 'HOST15', basket: [{ sku: it.product.sku, quantity: 1 }] },
            result: { code: 'HOST15', valid: false, reason: 'not_started', starts_at: it.iso(1) },
          },
        ],
        reply: `The code is real, but it was set to start tomorrow; that is our slip, not yours. I have put a credit of 15 % (${Math.round(it.product.euros * 0.15)} EUR) into your basket so that you need not wait. It is valid for 24 hours.`,
        poor: 'The code HOST15 is invalid. Please enter a valid code.',
      },
      thanks(it),
    ],
  },
  {
    name: 'payment-declined',
    weight: 5,
    language: 'en',
    play: (it) => [
      {
        says: it.one(
          'My card was declined but the money is reserved on my account??',
          `payment failed 3 times for the ${it.product.name}`,
          'Klarna says no, what can I do?',
        ),
        intent: 'payment',
        sentiment: 'negative',
        articles: ['payment'],
        tools: [
          {
            name: 'get_payment_attempts',
            args: { customer: it.person.email },
            result: { attempts: [{ at: it.iso(0), method: 'card', outcome: 'declined', code: 'do_not_honor' }] },
          },
        ],
        reply: `I see the attempt: your bank declined it ("do not honor"), which usually means that it wants a confirmation in its app. Nothing was charged, and the reservation lapses within three working days. You can try again with the same basket, or with PayPal or bank transfer.`,
      },
      {
        ...it.both(
          ['ok it worked with paypal', 'Good to hear. The confirmation comes by mail within a few minutes.'],
          [
            'I confirmed it in the app, now it works. thanks!',
            'Good to hear! Your order is on its way to the warehouse.',
          ],
          [
            'The bank says it is your fault.',
            'I understand that this is annoying. What we get from the bank is only that code. A bank transfer always works: the order is held for seven days.',
          ],
        ),
        intent: 'payment',
        sentiment: 'neutral',
      },
    ],
  },
  {
    name: 'invoice',
    weight: 4,
    language: 'en',
    play: (it) => [
      {
        says: it.one(
          `I need an invoice with our VAT number for order ${it.order}.`,
          `could you resend the invoice for ${it.order}`,
          'Where do I find my invoices?',
        ),
        intent: 'invoice',
        sentiment: 'neutral',
        articles: ['invoices'],
        tools: [
          {
            name: 'send_invoice',
            args: { order_id: it.order, to: it.person.email },
            result: { sent: true, invoice: `RE-${it.random.int(30_000, 60_000)}` },
          },
        ],
        reply: `I have sent the invoice for ${it.order} to ${it.person.email}. You find all of them under Account → Orders. A VAT number can only be put on it if it was entered before the order; if it was not, cancel and order again while it is not packed.`,
      },
      thanks(it),
    ],
  },
  {
    name: 'login',
    weight: 5,
    language: 'en',
    play: (it) => [
      {
        says: it.one(
          'I cannot log in, the password mail never arrives',
          `locked out of my account (${it.person.email})`,
          'password reset link says expired',
        ),
        intent: 'account',
        sentiment: 'negative',
        articles: ['account'],
        tools: [
          {
            name: 'get_account',
            args: { email: it.person.email },
            result: { exists: true, sign_in: it.one('google', 'password'), locked: false },
          },
        ],
        reply: `The link is valid for 30 minutes only, so please ask for a new one and open it right away; look into the spam folder too. If you signed up with Google or Apple there is no password: use that button instead.`,
      },
      {
        ...it.both(
          ['Ah it was Google. Thanks!', 'That happens to many. Glad that it works again!'],
          ['it works now', 'Glad that it works again!'],
          [
            'still nothing in spam',
            'Then I hand this to a colleague, who will set it by hand after a short check by phone. You will be called within two working hours.',
          ],
        ),
        intent: 'account',
        sentiment: 'neutral',
      },
    ],
  },
  {
    name: 'human',
    weight: 5,
    language: 'en',
    play: (it) => [
      {
        says: it.one(
          'I want to talk to a human.',
          'HUMAN',
          'your bot is useless, get me a real person',
          `Is there a phone number? This is about a complaint, order ${it.order}.`,
        ),
        intent: 'handover',
        sentiment: 'negative',
        tools: [
          {
            name: 'create_ticket',
            args: { queue: 'front-desk', customer: it.person.email, priority: 'high', summary: 'Asks for a person' },
            result: { ticket: `T-${it.random.int(40_000, 70_000)}`, wait_minutes: it.random.int(3, 40) },
          },
        ],
        reply: `Of course. I have passed you on, ${it.person.first}; a colleague takes over in this window, or calls you if you leave a number. Mondays to Fridays from 8 to 18 it usually takes less than half an hour.`,
        poor: `I'm sure I can help you with that! What is your question about?`,
      },
      {
        says: it.one(`ok. number is +47 555 0${it.random.int(100, 199)}`, 'finally', "I'll wait"),
        intent: 'handover',
        sentiment: 'neutral',
        reply: 'Noted. You can close this window; the conversation stays with your ticket.',
      },
    ],
  },
  {
    name: 'privacy',
    weight: 2,
    language: 'en',
    play: (it) => [
      {
        says: it.one('Please delete all data you have about me.', 'Under GDPR I request a copy of my personal data.'),
        intent: 'privacy',
        sentiment: 'neutral',
        articles: ['account'],
        tools: [
          {
            name: 'open_privacy_request',
            args: { email: it.person.email },
            result: { request_id: `DSR-${it.random.int(1_000, 9_999)}`, due: it.iso(30) },
          },
        ],
        reply: `I have opened your request; our privacy team answers by ${it.day(30)} at the latest. To be sure that it is you, they will ask for a confirmation from ${it.person.email}. Invoices must be kept for ten years by law and are locked instead of deleted.`,
      },
    ],
  },
]
