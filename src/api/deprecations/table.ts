/**
 * What of the published API goes away, and when: a year after the contract of 2026-05-11, which names the successors. Answers that
 * use one of these carry `Deprecation` and `Sunset` headers.
 */
export const DEPRECATIONS: readonly { field: string; endpoint: string; sunset_date: string }[] = [
  { field: 'items', endpoint: 'GET /v1/dsr', sunset_date: '2027-05-11' },
  { field: 'offset', endpoint: 'GET /v1/anomalies', sunset_date: '2027-05-11' },
]
