import { ago, ahead, exactTime } from '../lib/format.ts'
import { useNow } from '../lib/hooks.ts'

interface TimeProps {
  at: string | number | null | undefined
  /** It is still to come. */
  toCome?: boolean
}

/** "3 min ago", with the exact time and zone on hover. */
export function Time({ at, toCome = false }: TimeProps) {
  const now = useNow()
  if (at === null || at === undefined) return <span className="quiet">–</span>
  const time = new Date(at)
  return (
    <time dateTime={time.toISOString()} title={exactTime(time)}>
      {(toCome ? ahead : ago)(time, new Date(Math.max(now, Date.now())))}
    </time>
  )
}
