import { Json } from '../../components/json.tsx'
import { Mark } from '../../components/states.tsx'
import { duration, exactTime } from '../../lib/format.ts'
import type { TraceEvent } from './data.ts'

const MARKS = { info: 'info', warn: 'warn', error: 'bad' } as const

/** What happened on the way, with the stack where it was an exception. */
export function Events({ events, started }: { events: readonly TraceEvent[]; started: string }) {
  return (
    <ol className="events">
      {events.map((event) => (
        <li key={event.id}>
          <div className="line">
            <Mark kind={MARKS[event.level]}>{event.level}</Mark>
            <span className="event-message">{event.message}</span>
            {event.created_at && (
              <time className="quiet number" dateTime={event.created_at} title={exactTime(new Date(event.created_at))}>
                +{duration(Math.max(0, Date.parse(event.created_at) - Date.parse(started)))}
              </time>
            )}
          </div>
          <Detail metadata={event.metadata} />
        </li>
      ))}
    </ol>
  )
}

function Detail({ metadata }: { metadata: Record<string, unknown> }) {
  const { 'exception.stacktrace': stack, ...rest } = metadata
  return (
    <>
      {typeof stack === 'string' && <pre className="failure-stack">{stack}</pre>}
      {Object.keys(rest).length > 0 && <Json value={rest} what="the event" search={false} />}
    </>
  )
}
