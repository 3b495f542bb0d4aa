/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export type Row = readonly [what: string, value: string, target?: string]

/** Rows in columns, the first to the left, the others to the right. */
export function printTable(title: string, rows: readonly (readonly string[])[]): void {
  const width = (i: number) => Math.max(...rows.map((row) => (row[i] ?? '').length))
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, i) => width(i))
  console.log(`\n${title}`)
  for (const row of rows) {
    const cells = widths.map((w, i) => (i === 0 ? (row[i] ?? '').padEnd(w) : (row[i] ?? '').padStart(w)))
    console.log(`  ${cells.join('  ').trimEnd()}`)
  }
}

export const whole = (n: number): string => Math.round(n).toLocaleString('en-US')
export const ms = (n: number): string => `${n < 10 ? n.toFixed(1) : Math.round(n)} ms`
export const mb = (n: number): string => `${Math.round(n)} MB`
export const ratio = (n: number): string => n.toFixed(2)
export const verdict = (good: boolean): string => (good ? 'met' : 'MISSED')
