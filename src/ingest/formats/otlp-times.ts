export interface SpanTimes {
  startedAt: number | null
  endedAt: number | null
  latencyMs: number | null
}

/** Nanoseconds since the epoch, as decimal text, in milliseconds rounded down; 0 and nothing are null. */
export function toMs(nanos: string | undefined): number | null {
  if (nanos === undefined || nanos === '0') return null
  // The last six digits are what is below a millisecond: cutting them off is exact, and quicker than a bigint.
  return Number(nanos.slice(0, -6) || '0')
}

/** The latency is of the nanoseconds, rounded to milliseconds; null unless both ends are known and in order. */
export function spanTimes(start: string | undefined, end: string | undefined): SpanTimes {
  const startedAt = toMs(start)
  const endedAt = toMs(end)
  return {
    startedAt,
    endedAt,
    latencyMs: startedAt === null || endedAt === null ? null : latency(start ?? '0', end ?? '0'),
  }
}

function latency(start: string, end: string): number | null {
  // In two parts, each of which a number holds exactly.
  const seconds = Number(end.slice(0, -9)) - Number(start.slice(0, -9))
  const nanos = seconds * 1e9 + (Number(end.slice(-9)) - Number(start.slice(-9)))
  return nanos < 0 ? null : Math.round(nanos / 1e6)
}
