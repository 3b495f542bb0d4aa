import { type Task, use } from './task.ts'

const NUMBER = new Intl.NumberFormat('en-GB')

/** What the figures say. */
export const RETURN_RATE: Task = {
  name: 'return-rate',
  weight: 5,
  play: (it) => {
    const rate = it.random.int(6, 19)
    const before = it.random.int(4, 8)
    return {
      asks: it.one(
        `Why are returns of the ${it.product.name} up this month?`,
        `Return rate by reason for ${it.product.sku}, last 30 days against the 30 before.`,
      ),
      steps: [
        {
          thought: 'Two periods side by side, by reason.',
          uses: [
            use(
              'query_sales',
              {
                sql: `SELECT r.reason, SUM(r.created_at >= '${it.iso(-30)}') AS recent, SUM(r.created_at < '${it.iso(-30)}') AS before FROM returns r WHERE r.sku = '${it.product.sku}' AND r.created_at >= '${it.iso(-60)}' GROUP BY r.reason ORDER BY recent DESC`,
              },
              {
                rows: [
                  { reason: 'fit', recent: rate * 2, before: before * 2 },
                  { reason: 'damaged', recent: 4, before: 3 },
                  { reason: 'changed_mind', recent: 5, before: 6 },
                ],
              },
            ),
          ],
        },
        {
          thought: 'Only "fit" grew. If one size or one batch stands out, it is the product and not the people.',
          uses: [
            use(
              'query_sales',
              {
                sql: `SELECT i.size, i.batch, COUNT(*) AS n FROM returns r JOIN order_items i USING (order_id, sku) WHERE r.sku = '${it.product.sku}' AND r.reason = 'fit' AND r.created_at >= '${it.iso(-30)}' GROUP BY 1, 2 ORDER BY n DESC LIMIT 5`,
              },
              {
                rows: [
                  { size: 'M', batch: 'B-0917', n: Math.round(rate * 1.4) },
                  { size: 'L', batch: 'B-0917', n: Math.round(rate * 0.4) },
                  { size: 'M', batch: 'B-0512', n: 1 },
                ],
              },
            ),
          ],
        },
      ],
      answer: `The return rate rose from ${before} % to ${rate} %, and all of it is "does not fit". ${Math.round(rate * 1.4)} of these are size M of batch B-0917; earlier batches are as always. It looks as if that batch was cut too small. I would have three pieces measured before more of it is sold.`,
      wrong: `Returns of the ${it.product.name} are within the usual range. There is no sign of a problem.`,
    }
  },
}

export const WEEKLY_NUMBERS: Task = {
  name: 'weekly-numbers',
  weight: 4,
  play: (it) => {
    const orders = it.random.int(1_800, 2_900)
    const revenue = orders * it.random.int(118, 141)
    return {
      asks: it.one(
        'Numbers of last week for the Monday meeting, please: orders, revenue, returns, top five products.',
        `Weekly summary up to ${it.iso(-1)}.`,
      ),
      steps: [
        {
          thought: 'Three questions that do not depend on one another.',
          uses: [
            use(
              'query_sales',
              {
                sql: `SELECT COUNT(*) AS orders, SUM(total_eur) AS revenue FROM orders WHERE placed_at BETWEEN '${it.iso(-7)}' AND '${it.iso(-1)}' AND status <> 'cancelled'`,
              },
              { rows: [{ orders, revenue }] },
            ),
            use(
              'query_sales',
              {
                sql: `SELECT COUNT(*) AS returns FROM returns WHERE created_at BETWEEN '${it.iso(-7)}' AND '${it.iso(-1)}'`,
              },
              { rows: [{ returns: Math.round(orders * 0.082) }] },
            ),
            use(
              'query_sales',
              {
                sql: `SELECT p.name, SUM(i.quantity) AS n FROM order_items i JOIN orders o USING (order_id) JOIN products p USING (sku) WHERE o.placed_at BETWEEN '${it.iso(-7)}' AND '${it.iso(-1)}' GROUP BY 1 ORDER BY n DESC LIMIT 5`,
              },
              {
                rows: [
                  { name: it.product.name, n: 212 },
                  { name: it.other.name, n: 187 },
                  { name: 'Ember gas stove', n: 161 },
                  { name: 'Dovre 28 day pack', n: 149 },
                  { name: 'Polaris 400 headlamp', n: 144 },
                ],
              },
            ),
          ],
        },
      ],
      answer: `Week to ${it.day(-1)}: ${NUMBER.format(orders)} orders, ${NUMBER.format(revenue)} EUR, ${Math.round(orders * 0.082)} returns (8.2 %). Most sold: ${it.product.name} (212), ${it.other.name} (187), Ember gas stove (161), Dovre 28 day pack (149), Polaris 400 headlamp (144).`,
    }
  },
}
