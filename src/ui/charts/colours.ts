import { useMedia } from '../lib/hooks.ts'
import { useStore } from '../lib/store.ts'
import { theme } from '../lib/theme.ts'

/** A token's colour as a canvas understands it: `light-dark()` is resolved by the page, not by the canvas. */
export function colourOf(token: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  document.body.append(probe)
  const found = getComputedStyle(probe).color
  probe.remove()
  return found
}

/** Changes when colours do. */
export function useColourKey(): string {
  const chosen = useStore(theme)
  return useMedia('(prefers-color-scheme: dark)') ? `${chosen}-dark` : `${chosen}-light`
}
