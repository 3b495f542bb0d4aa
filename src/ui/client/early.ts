import { visiting } from './visit.ts'

/** Requests that are begun while the scripts that draw are still on their way. */
const begun = new Map<string, Promise<Response>>()

export function begin(url: string): void {
  begun.set(url, fetch(url, { signal: visiting() }))
  // What nobody wants after all is let go, and its connection with it.
  setTimeout(() => void taken(url).then((unwanted) => unwanted?.body?.cancel()), KEEP_MS)
}

const KEEP_MS = 10_000

/** The answer to what was begun, once. What failed is nothing: it may be asked for again, by somebody who has signed in since. */
export async function taken(url: string): Promise<Response | null> {
  const found = begun.get(url)
  begun.delete(url)
  const answer = await found?.catch(() => null)
  if (answer?.ok) return answer
  await answer?.body?.cancel()
  return null
}

/** Did the browser come with a session? The server says so with the page, since scripts cannot see the cookie. */
export function cameSignedIn(): boolean {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return page?.serverTiming.some(({ name }) => name === 'signed-in') ?? false
}
