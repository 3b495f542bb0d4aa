/** Where the time comes from, and what waits for it. Tests pass their own; nothing below `main.ts` asks the system directly. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back once, after so many milliseconds; answers the function that calls it off. Never keeps the process alive. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** RFC 3339 UTC with milliseconds: the one way a time leaves the appliance. */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString()
