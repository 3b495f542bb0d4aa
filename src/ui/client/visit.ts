let visit = new AbortController()

/** Ends with the visit of the person who is signed in, and with it whatever is asked for them. */
export const visiting = (): AbortSignal => visit.signal

export function endVisit(): void {
  visit.abort()
  visit = new AbortController()
}
