import { ago, exactTime } from '../lib/format.ts'
import { useNow } from '../lib/hooks.ts'

/** "3 min ago", with the exact time and zone on hover. */
export function Time({ at }: { at: string | number | null | undefined }) {
  const now = useNow()
  if (at === null || at === undefined) return <span className="quiet">–</span>
  const time = new Date(at)
  return (
    <time dateTime={time.toISOString()} title={exactTime(time)}>
      {ago(time, new Date(Math.max(now, Date.now())))}
    </time>
  )
}
