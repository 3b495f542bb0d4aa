const EMPTY = '–'
const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'long' })
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' })

/** Milliseconds: 340 ms, 1.25 s, 2 min 05 s. */
export function duration(ms: number | null): string {
  if (ms === null) return EMPTY
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 59_995) return `${short.format(ms / 1_000)} s`
  const seconds = Math.round(ms / 1_000)
  return `${whole.format(Math.floor(seconds / 60))} min ${String(seconds % 60).padStart(2, '0')} s`
}

/** 1,234 below ten thousand, then 12.3 k and 4.56 M. */
export function count(n: number | null): string {
  if (n === null) return EMPTY
  if (n < 10_000) return whole.format(n)
  return n < 999_500 ? `${short.format(n / 1_000)} k` : `${short.format(n / 1_000_000)} M`
}

/** US dollars; below a cent two digits that count, so that a cheap call does not look free: $0.0042. */
export function dollars(amount: number | null): string {
  if (amount === null) return EMPTY
  if (amount === 0) return '$0'
  if (amount < 0.01) return `$${decimals(amount)}`
  return `$${amount.toLocaleString('en', { minimumFractionDigits: amount < 1 ? 4 : 2, maximumFractionDigits: amount < 1 ? 4 : 2 })}`
}

const decimals = (amount: number): string =>
  amount.toLocaleString('en', { maximumSignificantDigits: 2, maximumFractionDigits: 20 })

/** "now", "3 min ago", then the clock's time, then the day with it. */
export function ago(then: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - then.getTime()) / 60_000)
  if (minutes < 1) return 'now'
  if (minutes < 60) return `${minutes} min ago`
  return then.toDateString() === now.toDateString() ? clock.format(then) : `${day.format(then)}, ${clock.format(then)}`
}

/** The whole time with its zone, for the hover. */
export const exactTime = (time: Date): string => exact.format(time)
