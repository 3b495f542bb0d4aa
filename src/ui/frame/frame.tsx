import { useNavigate } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useEffect } from 'react'
import { useNarrow } from '../lib/hooks.ts'
import { railFolded } from '../lib/settings.ts'
import { type Shortcut, useShortcuts } from '../lib/shortcuts.ts'
import { useStore } from '../lib/store.ts'
import { keptOf, useUrl } from '../lib/url.ts'
import { drawerOpen, paletteOpen, paletteText, sheetOpen, togglePalette } from './page.tsx'
import { PAGES } from './pages.ts'
import { Rail } from './rail.tsx'

const loadPalette = async () => ({ default: (await import('./floats.ts')).Palette })
const Palette = lazy(loadPalette)
const loadSheet = async () => ({ default: (await import('./floats.ts')).KeySheet })
const KeySheet = lazy(loadSheet)

/** What floats is there before it is asked for, but not before the page is. */
function preloadFloats() {
  const timer = setTimeout(() => void Promise.all([loadPalette(), loadSheet()]), 1_000)
  return () => clearTimeout(timer)
}

/** The rail at the left, the page beside it, and what floats over both. */
export function Frame({ children }: { children: ReactNode }) {
  const narrow = useNarrow()
  const open = useStore(drawerOpen)
  const folded = useStore(railFolded) && !narrow
  const searching = useStore(paletteOpen)
  const asking = useStore(sheetOpen)
  useFrameKeys()
  useEffect(() => {
    if (!narrow) drawerOpen.set(false)
  }, [narrow])
  useEffect(preloadFloats, [])
  return (
    <div className="frame" data-folded={folded}>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      {(!narrow || open) && <Rail folded={folded} drawer={narrow} />}
      {narrow && open && (
        <button type="button" className="veil" aria-label="Close the menu" onClick={() => drawerOpen.set(false)} />
      )}
      <div className="frame-main">{children}</div>
      {searching && (
        <Suspense fallback={<PaletteSoon />}>
          <Palette />
        </Suspense>
      )}
      {asking && (
        <Suspense>
          <KeySheet />
        </Suspense>
      )}
    </div>
  )
}

/** Takes what is typed until the palette is here, which goes on with it. */
const PaletteSoon = () => (
  <input
    ref={(input) => input?.focus()}
    className="only-heard"
    aria-label="Search and commands"
    onChange={({ target }) => paletteText.set(target.value)}
    onKeyDown={({ key }) => key === 'Escape' && paletteOpen.set(false)}
  />
)

function useFrameKeys(): void {
  const navigate = useNavigate()
  const [search] = useUrl()
  const pages = PAGES.map(
    ({ to, label, key }): Shortcut => ({
      keys: `g ${key}`,
      label: `Go to ${label}`,
      run: () => void navigate({ to, search: keptOf(search) }),
    }),
  )
  useShortcuts('Everywhere', [
    { keys: 'mod+k', label: 'Search and commands', run: togglePalette, inFields: true },
    { keys: '/', label: 'Search and commands', run: togglePalette, weak: true },
    { keys: '?', label: 'This sheet', run: () => sheetOpen.set(true) },
    { keys: 'mod+b', label: 'Fold the rail', run: () => railFolded.set((now) => !now) },
    ...pages,
  ])
}

/** In the shape of the frame, so that nothing jumps when it comes. */
export const FrameSkeleton = () => (
  <div className="frame" aria-busy="true">
    <div className="rail" />
    <div className="frame-main">
      <div className="top" />
    </div>
  </div>
)
