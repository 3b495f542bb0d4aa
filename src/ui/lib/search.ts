/** The address's query as the pages know it: every value a text, each page reads what it understands. */
export type Search = Record<string, string | undefined>

export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text))
}

export function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '')
  if (given.length === 0) return ''
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  // Colons and commas are allowed in a query, and read better so.
  return `?${text.replaceAll('%3A', ':').replaceAll('%2C', ',')}`
}

/** What stays in the address from one page to the next. */
export const KEPT = ['project', 'range', 'from', 'to'] as const

export function keptOf(search: Search): Search {
  return Object.fromEntries(KEPT.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])))
}
