import { Popover } from 'radix-ui'
import type { ReactNode } from 'react'

/** Something that was reported about a time. */
export interface Dot {
  id: string
  /** Milliseconds, and the value at which it stands. */
  at: number
  value: number
  /** In a word or two, for who hears it. */
  label: string
  /** What a click opens. */
  about: ReactNode
}

/** Where a dot is, in pixels of the chart. */
export interface Placed extends Dot {
  left: number
  top: number
}

/** Dots over a chart; each opens what it is about. */
export const Dots = ({ dots }: { dots: readonly Placed[] }) =>
  dots.map(({ id, left, top, label, about }) => (
    <Popover.Root key={id}>
      <Popover.Trigger asChild>
        <button type="button" className="chart-dot" style={{ left, top }} aria-label={label} title={label} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover dot-about" sideOffset={6} collisionPadding={8} aria-label={label}>
          {about}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  ))
