import { Link } from '@tanstack/react-router'
import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { usePerson } from '../../client/session.ts'
import { Page } from '../../frame/page.tsx'
import { keptOf, useUrl } from '../../lib/url.ts'
import { SETTINGS } from './pages.ts'

interface SettingsPageProps {
  title: string
  /** What these settings decide, in a sentence. */
  about: ReactNode
  /** The one primary action. */
  action?: ReactNode
  children: ReactNode
}

/** The pages of the settings, side by side. */
export function SettingsNav() {
  const [search] = useUrl()
  const { role } = usePerson()
  const nav = useRef<HTMLElement>(null)
  // Where not all of them have room, the one that is open is in sight.
  useLayoutEffect(() => {
    const open = nav.current?.querySelector<HTMLElement>('.active')
    if (nav.current && open) nav.current.scrollLeft = open.offsetLeft - (nav.current.clientWidth - open.offsetWidth) / 2
  }, [])
  return (
    <nav ref={nav} className="sub-nav" aria-label="Settings">
      {SETTINGS.filter(({ roles }) => roles?.includes(role) ?? true).map(({ to, label }) => (
        <Link key={to} to={to} search={keptOf(search)} activeOptions={{ includeSearch: false }}>
          {label}
        </Link>
      ))}
    </nav>
  )
}

/** A page of the settings: its neighbours on top, what it is for, and the thing itself. */
export const SettingsPage = ({ title, about, action, children }: SettingsPageProps) => (
  <Page title={title} heading={<h1>Settings</h1>}>
    <SettingsNav />
    <div className="page-column">
      <div className="spread">
        <div className="prose">
          <h2>{title}</h2>
          <p className="quiet">{about}</p>
        </div>
        {action}
      </div>
      {children}
    </div>
  </Page>
)
