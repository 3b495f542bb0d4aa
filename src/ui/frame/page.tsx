import { Menu as MenuIcon, Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { flushSync } from 'react-dom'
import { IconButton, Keys } from '../components/button.tsx'
import { useTitle } from '../lib/hooks.ts'
import { store } from '../lib/store.ts'
import { Banners } from './banners.tsx'
import { ThemeMenu } from './theme-menu.tsx'

export const drawerOpen = store(false)
export const paletteOpen = store(false)
export const sheetOpen = store(false)
/** What was typed before the palette was there. */
export const paletteText = store('')

/** At once, so that what is typed right after the shortcut goes into the palette and not to the page below it. */
export function togglePalette(): void {
  paletteText.set('')
  flushSync(() => paletteOpen.set((now) => !now))
}

interface PageProps {
  /** Of the browser's tab; and of the bar, unless `heading` says it differently. */
  title: string
  heading?: ReactNode
  /** Between the title and what every page has: the range, the live toggle, the one primary action. */
  actions?: ReactNode
  className?: string
  children: ReactNode
}

/** A page of the dashboard: the bar, and below it what scrolls. */
export function Page({ title, heading, actions, className = '', children }: PageProps) {
  useTitle(title)
  return (
    <>
      <header className="top">
        <IconButton label="Menu" className="only-narrow" onClick={() => drawerOpen.set(true)}>
          <MenuIcon size={16} aria-hidden="true" />
        </IconButton>
        <div className="top-title">{heading ?? <h1>{title}</h1>}</div>
        <div className="top-end">
          {actions}
          <button type="button" className="palette-button" onClick={togglePalette}>
            <Search size={14} aria-hidden="true" />
            <span className="palette-button-words">
              Search<span className="only-heard"> and commands</span>
            </span>
            <Keys of="mod+k" />
          </button>
          <ThemeMenu />
        </div>
      </header>
      <Banners />
      <main className={`page-body ${className}`} id="content">
        {children}
      </main>
    </>
  )
}
