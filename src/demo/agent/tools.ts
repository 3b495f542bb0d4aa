import type { JsonMap } from '../types.ts'

/** What the back-office agent may call, as it is told to the model. */
export const TOOLS: JsonMap[] = [
  tool('search_orders', 'Find orders by customer, status, product or date.', {
    customer: 'Mail address of the customer',
    status: 'paid, packed, shipped, delivered, cancelled or returned',
    sku: 'Stock number of a product in the order',
    placed_after: 'ISO date; only orders placed on or after it',
    limit: 'How many at most, 50 if not given',
  }),
  tool('get_order', 'Everything about one order: items, payments, parcels, notes.', { order_id: 'Such as FJ-212345' }),
  tool('get_stock', 'What is on hand, reserved and expected of a product in each warehouse.', { sku: 'Stock number' }),
  tool('transfer_stock', 'Move goods from one warehouse to another. Takes two working days.', {
    sku: 'Stock number',
    quantity: 'Pieces',
    from: 'Kassel, Bergen or Leeds',
    to: 'Kassel, Bergen or Leeds',
  }),
  tool('issue_refund', 'Send money back to the means of payment. Above 250 EUR a person has to confirm it.', {
    order_id: 'Such as FJ-212345',
    amount_eur: 'At most what was paid',
    reason: 'One sentence, shown to the customer',
  }),
  tool('query_sales', 'Run a read-only SQL query on the sales tables (orders, order_items, returns, products).', {
    sql: 'One SELECT statement of SQLite',
  }),
  tool('get_carrier_report', 'Delivery times and failed deliveries of a carrier over a time.', {
    carrier: 'NordPost, Swiftline or ParcelOne',
    from: 'ISO date',
    to: 'ISO date',
  }),
  tool('send_mail', 'Send a mail to a customer from the service address.', {
    to: 'Mail address',
    subject: 'One line',
    body: 'Plain text',
  }),
  tool('create_task', 'Put a task on the board of a team.', {
    team: 'warehouse, finance, purchasing or service',
    title: 'One line',
    details: 'What is to be done, and why',
  }),
]

function tool(name: string, description: string, parameters: Record<string, string>): JsonMap {
  const properties = Object.fromEntries(
    Object.entries(parameters).map(([key, text]) => [key, { type: 'string', description: text }]),
  )
  return { type: 'function', function: { name, description, parameters: { type: 'object', properties } } }
}
