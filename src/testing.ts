import { vi } from 'vitest'

/** Ample, as a machine that is busy with other tests is slow: it ends what waits in vain, and judges no speed. */
const PATIENCE_MS = 50_000

/** Tries a check every so many ms until it holds, and answers what it gave; in the end throws what it threw last. */
export const eventually = <T>(check: () => T | Promise<T>, { interval = 50 } = {}): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval })
