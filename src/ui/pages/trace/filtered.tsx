import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { keptOf, type Search, useUrl } from '../../lib/url.ts'

interface FilteredProps {
  by: Search
  to?: '/traces' | '/sessions'
  title?: string
  children: ReactNode
}

/** A value that leads to the traces, or sessions, that share it. */
export function Filtered({ by, to = '/traces', title, children }: FilteredProps) {
  const [search] = useUrl()
  const words = title ?? (typeof children === 'string' ? `Traces with ${children}` : undefined)
  return (
    <Link to={to} search={{ ...keptOf(search), ...by }} title={words} className="figure-link">
      {children}
    </Link>
  )
}
