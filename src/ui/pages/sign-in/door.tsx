import type { ReactNode } from 'react'

/** The page before the frame: the brand on top, one column below it. */
export function Door({ narrow = false, children }: { narrow?: boolean; children: ReactNode }) {
  return (
    <div className="door">
      <header className="door-bar">
        <a className="brand" href="/">
          <img src={ICON} alt="" width={20} height={20} />
          TruLayer
        </a>
        <a className="door-link" href="/docs">
          API reference
        </a>
      </header>
      <main className={narrow ? 'column narrow' : 'column'}>{children}</main>
    </div>
  )
}

const ICON = document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href ?? ''
