/** A JSON value as lines that can be folded. */
export interface JsonRow {
  /** `$.messages[0].content`: as one would write it to reach the value. */
  path: string
  depth: number
  name: string | null
  kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null' | 'end'
  value: unknown
  /** How many it holds, for what holds something. */
  size: number
  folded: boolean
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

const below = (path: string, key: string | number): string =>
  typeof key === 'number'
    ? `${path}[${key}]`
    : IDENTIFIER.test(key)
      ? `${path}.${key}`
      : `${path}[${JSON.stringify(key)}]`

const isHolder = (value: unknown): value is object => typeof value === 'object' && value !== null

/** The lines that show. What holds something is folded when `folded` says so of its path. */
export function jsonRows(value: unknown, folded: (path: string, depth: number, size: number) => boolean): JsonRow[] {
  const rows: JsonRow[] = []
  const walk = (path: string, name: string | null, one: unknown, depth: number) => {
    if (!isHolder(one)) {
      const kind = one === null ? 'null' : (typeof one as 'string' | 'number' | 'boolean')
      rows.push({ path, depth, name, kind, value: one, size: 0, folded: false })
      return
    }
    const isArray = Array.isArray(one)
    const entries = isArray ? one.map((item, i): [number, unknown] => [i, item]) : Object.entries(one)
    const isFolded = entries.length > 0 && folded(path, depth, entries.length)
    const kind = isArray ? 'array' : 'object'
    rows.push({ path, depth, name, kind, value: one, size: entries.length, folded: isFolded })
    if (isFolded || entries.length === 0) return
    for (const [key, item] of entries) walk(below(path, key), isArray ? null : String(key), item, depth + 1)
    rows.push({
      path: `${path}/end`,
      depth,
      name: null,
      kind: 'end',
      value: isArray ? ']' : '}',
      size: 0,
      folded: false,
    })
  }
  walk('$', null, value, 0)
  return rows
}

/** Paths of what lies above each value whose name or text has the wanted words. */
export function jsonFinds(value: unknown, wanted: string): { hits: Set<string>; above: Set<string> } {
  const hits = new Set<string>()
  const above = new Set<string>()
  const word = wanted.toLowerCase()
  const walk = (path: string, name: string, one: unknown, trail: readonly string[]) => {
    const text = isHolder(one) ? name : `${name} ${String(one)}`
    if (text.toLowerCase().includes(word)) {
      hits.add(path)
      for (const step of trail) above.add(step)
    }
    if (!isHolder(one)) return
    const next = [...trail, path]
    const entries: [string | number, unknown][] = Array.isArray(one) ? [...one.entries()] : Object.entries(one)
    for (const [key, item] of entries) walk(below(path, key), typeof key === 'string' ? key : '', item, next)
  }
  if (word !== '') walk('$', '', value, [])
  return { hits, above }
}
