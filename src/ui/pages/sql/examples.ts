interface Example {
  title: string
  /** What it teaches. */
  about: string
  sql: string
}

/** Questions that people ask, each with something to learn. */
export const EXAMPLES: readonly Example[] = [
  {
    title: 'The dearest traces',
    about: 'Any column sorts; trace ids lead to their traces.',
    sql: `SELECT id AS trace_id, name, model, cost, latency_ms, started_at
FROM traces
ORDER BY cost DESC NULLS LAST
LIMIT 50`,
  },
  {
    title: 'Cost by day and model',
    about: 'Calls know their model; date_trunc makes days.',
    sql: `SELECT
  date_trunc('day', trace_started_at)::DATE AS day,
  model,
  count(*) AS calls,
  round(sum(cost), 4) AS dollars
FROM calls
WHERE model IS NOT NULL
GROUP BY ALL
ORDER BY day DESC, dollars DESC`,
  },
  {
    title: 'How slow, how often',
    about: 'Percentiles, and FILTER to count a part.',
    sql: `SELECT
  name,
  count(*) AS traces,
  round(quantile_cont(latency_ms, 0.50)) AS p50_ms,
  round(quantile_cont(latency_ms, 0.95)) AS p95_ms,
  round(100.0 * count(*) FILTER (failed) / count(*), 1) AS failed_percent
FROM traces
GROUP BY name
ORDER BY p95_ms DESC`,
  },
  {
    title: 'Cached share of the prompt',
    about: 'Cached tokens are a part of those sent.',
    sql: `SELECT
  model,
  sum(prompt_tokens) AS sent,
  sum(cache_read_tokens) AS cached,
  round(100.0 * sum(cache_read_tokens) / sum(prompt_tokens), 1) AS cached_percent
FROM calls
WHERE prompt_tokens > 0
GROUP BY model
ORDER BY sent DESC`,
  },
  {
    title: 'Where the time goes',
    about: 'Steps by their kind, as a share of all time.',
    sql: `SELECT
  type,
  name,
  count(*) AS steps,
  round(sum(latency_ms) / 1000) AS seconds,
  round(100.0 * sum(latency_ms) / sum(sum(latency_ms)) OVER (), 1) AS percent
FROM spans
WHERE type NOT IN ('agent', 'chain')
GROUP BY ALL
ORDER BY seconds DESC
LIMIT 30`,
  },
  {
    title: 'Did it please?',
    about: 'A join of traces with what people said of them.',
    sql: `SELECT
  t.name,
  count(*) AS verdicts,
  round(100.0 * count(*) FILTER (f.label = 'good') / count(*), 1) AS good_percent
FROM feedback f
JOIN traces t ON t.id = f.trace_id
GROUP BY t.name
ORDER BY verdicts DESC`,
  },
  {
    title: 'Every hour against the day before',
    about: 'A window looks at another row.',
    sql: `WITH hours AS (
  SELECT date_trunc('hour', started_at) AS hour, count(*) AS traces
  FROM traces
  GROUP BY hour
)
SELECT hour, traces, lag(traces, 24) OVER (ORDER BY hour) AS day_before
FROM hours
ORDER BY hour DESC`,
  },
  {
    title: 'What a tag costs',
    about: 'A list becomes rows with unnest.',
    sql: `SELECT tag, count(*) AS traces, round(sum(cost), 4) AS dollars
FROM (SELECT unnest(tags) AS tag, cost FROM traces)
GROUP BY tag
ORDER BY dollars DESC NULLS LAST`,
  },
]
