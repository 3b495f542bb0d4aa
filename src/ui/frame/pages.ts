import { Activity, Bug, ChartLine, ListTree, type LucideIcon, MessagesSquare, Settings, ThumbsUp } from 'lucide-react'

export interface PageLink {
  to: '/traces' | '/sessions' | '/charts' | '/failures' | '/anomalies' | '/feedback' | '/settings'
  label: string
  icon: LucideIcon
  /** Its letter after `g`. */
  key: string
  /** Links of one group stand together. */
  group: number
}

/** What the rail, the palette and the keyboard lead to. Only what exists is here. `/metrics` itself is Prometheus's. */
export const PAGES: readonly PageLink[] = [
  { to: '/traces', label: 'Traces', icon: ListTree, key: 't', group: 1 },
  { to: '/sessions', label: 'Sessions', icon: MessagesSquare, key: 's', group: 1 },
  { to: '/charts', label: 'Metrics', icon: ChartLine, key: 'm', group: 1 },
  { to: '/failures', label: 'Failures', icon: Bug, key: 'f', group: 2 },
  { to: '/anomalies', label: 'Anomalies', icon: Activity, key: 'a', group: 2 },
  { to: '/feedback', label: 'Feedback', icon: ThumbsUp, key: 'b', group: 2 },
  { to: '/settings', label: 'Settings', icon: Settings, key: ',', group: 3 },
]
