import type { ReactNode } from 'react'
import { Popup } from '../components/popup.tsx'

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
    <Popup
      key={id}
      label={label}
      className="dot-about"
      trigger={<button type="button" className="chart-dot" style={{ left, top }} aria-label={label} title={label} />}
    >
      {about}
    </Popup>
  ))
