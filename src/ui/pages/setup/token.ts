/**
 * The one-time token of the link. It leaves the address bar at once, so that no screenshot, history or shared link carries it; the
 * history entry keeps it out of sight, so that a reload does not lose it.
 */
export function takeToken(): string | null {
  const given = new URLSearchParams(location.search).get('token')
  if (given === null) return kept()
  history.replaceState({ token: given }, '', location.pathname)
  return given
}

/** After the set-up nothing may keep it. */
export function forgetToken(): void {
  history.replaceState(null, '', location.pathname)
}

function kept(): string | null {
  const state: unknown = history.state
  return typeof state === 'object' && state !== null && 'token' in state && typeof state.token === 'string'
    ? state.token
    : null
}
