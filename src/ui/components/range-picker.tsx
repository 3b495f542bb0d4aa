import { CalendarClock } from 'lucide-react'
import { Popover } from 'radix-ui'
import { type FormEvent, useState } from 'react'
import { localTime } from '../lib/format.ts'
import { between, lasting, PRESETS, type TimeRange, useRange } from '../lib/range.ts'
import { useUrl } from '../lib/url.ts'
import { Button } from './button.tsx'

/** The range that a page speaks of: one of the usual ones, or between two times in the viewer's zone. */
export function RangePicker() {
  const [, set] = useUrl()
  const range = useRange()
  const [open, setOpen] = useState(false)
  const choose = (patch: Parameters<typeof set>[0]) => {
    set(patch)
    setOpen(false)
  }
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button type="button" className="button plain range-button" aria-label={`Time range: ${range.label}`}>
          <CalendarClock size={14} aria-hidden="true" />
          <span className="cut">{range.label}</span>
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="popover range"
          align="end"
          sideOffset={4}
          collisionPadding={8}
          aria-label="Time range"
        >
          <div className="range-presets">
            {PRESETS.map(({ id, label }) => (
              <button
                key={id}
                type="button"
                className="menu-item"
                aria-pressed={range.id === id}
                onClick={() => choose(lasting(id))}
              >
                {label}
              </button>
            ))}
          </div>
          <Between range={range} choose={choose} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function Between({ range, choose }: { range: TimeRange; choose: (patch: ReturnType<typeof between>) => void }) {
  const [from, setFrom] = useState(() => localTime(range.from()))
  const [to, setTo] = useState(() => localTime(range.to()))
  const [wrong, setWrong] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const [since, until] = [Date.parse(from), Date.parse(to)]
    setWrong(!(since < until))
    if (since < until) choose(between(since, until))
  }
  return (
    <form className="range-between" onSubmit={submit}>
      <label>
        From
        <input
          className="input small"
          type="datetime-local"
          step={1}
          value={from}
          onChange={(e) => setFrom(e.target.value)}
        />
      </label>
      <label>
        To
        <input
          className="input small"
          type="datetime-local"
          step={1}
          value={to}
          onChange={(e) => setTo(e.target.value)}
        />
      </label>
      {wrong && (
        <p className="wrong" role="alert">
          The end must come after the beginning.
        </p>
      )}
      <Button type="submit">Apply</Button>
    </form>
  )
}
