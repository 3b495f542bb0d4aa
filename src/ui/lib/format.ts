const EMPTY = '–'
const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
const exact = new Intl.DateTimeFormat('en', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  hourCycle: 'h23',
})
const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'short' })
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' })
const dayOfYear = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' })

/** Milliseconds: 0.2 ms, 340 ms, 1.25 s, 2 min 05 s, 3 h 12 min. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return EMPTY
  if (ms > 0 && ms < 1) return `${short.format(ms)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 59_995) return `${short.format(ms / 1_000)} s`
  const all = Math.round(ms / 1_000)
  if (all >= 3_600) return `${whole.format(Math.floor(all / 3_600))} h ${two(Math.floor((all % 3_600) / 60))} min`
  return `${whole.format(Math.floor(all / 60))} min ${two(all % 60)} s`
}

const two = (n: number): string => String(n).padStart(2, '0')

/** 1,234 below ten thousand, then 12.3 k and 4.56 M. */
export function count(n: number | null | undefined): string {
  if (n === null || n === undefined) return EMPTY
  if (n < 10_000) return whole.format(Number.isInteger(n) ? n : Number(n.toPrecision(3)))
  return n < 999_500 ? `${short.format(n / 1_000)} k` : `${short.format(n / 1_000_000)} M`
}

/** Every digit: 1,234,567. */
export const exactCount = (n: number | null | undefined): string =>
  n === null || n === undefined ? EMPTY : whole.format(n)

/** 1 trace, 1,234 traces. */
export const several = (n: number, what: string): string => `${exactCount(n)} ${what}${n === 1 ? '' : 's'}`

/** US dollars; below a cent two digits that count, so that a cheap call does not look free: $0.0042. */
export function dollars(amount: number | null | undefined): string {
  if (amount === null || amount === undefined) return EMPTY
  if (amount === 0) return '$0'
  if (amount < 0.01) return `$${decimals(amount)}`
  const digits = amount < 1 ? 4 : 2
  return `$${amount.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`
}

const decimals = (amount: number): string =>
  amount.toLocaleString('en', { minimumSignificantDigits: 2, maximumSignificantDigits: 2 })

/** A share of 1 as per cent: 0 %, 0.4 %, 12.3 %, 100 %. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return EMPTY
  const value = share * 100
  return `${value === 0 || value >= 99.95 ? Math.round(value) : Number(value.toPrecision(value < 10 ? 2 : 3))} %`
}

/** Bytes: 340 B, 12.3 KB, 4.5 MB. */
export function bytes(n: number): string {
  if (n < 1_000) return `${n} B`
  return n < 1_000_000 ? `${short.format(n / 1_000)} KB` : `${short.format(n / 1_000_000)} MB`
}

/** "now", "3 min ago", then the clock's time, then the day with it, then the year. */
export function ago(then: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - then.getTime()) / 60_000)
  if (minutes < 1) return 'now'
  if (minutes < 60) return `${minutes} min ago`
  if (then.toDateString() === now.toDateString()) return clock.format(then)
  return then.getFullYear() === now.getFullYear()
    ? `${day.format(then)}, ${clock.format(then)}`
    : dayOfYear.format(then)
}

/** "in 3 min", "in 5 h", then the day with the clock's time. */
export function ahead(then: Date, now: Date): string {
  const minutes = Math.round((then.getTime() - now.getTime()) / 60_000)
  if (minutes < 1) return 'now'
  if (minutes < 60) return `in ${minutes} min`
  if (minutes < 48 * 60) return `in ${Math.round(minutes / 60)} h`
  return `${day.format(then)}, ${clock.format(then)}`
}

/** The whole time with its zone and milliseconds, for the hover. */
export function exactTime(time: Date): string {
  const zoneName = zone.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  return `${exact.format(time)}.${String(time.getMilliseconds()).padStart(3, '0')} ${zoneName}`.trim()
}

export const clockTime = (time: Date): string => clock.format(time)
export const dayName = (time: Date): string => day.format(time)

/** An id, cut in the middle: 01a2b3c4…9f8e. */
export const shortId = (id: string): string => (id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`)

/** As a field for date and time wants it: the viewer's own time, without a zone. */
export const localTime = (ms: number): string =>
  new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
export const minuteOf = (ms: number): string => localTime(ms).slice(0, 16)
