import type { ReactNode } from 'react'
import { CopyButton } from '../../components/copy.tsx'
import { duration, exactTime } from '../../lib/format.ts'

interface SectionProps {
  name: string
  text?: string
  /** When it was said. */
  at?: Moment | null
  children: ReactNode
}

export interface Moment {
  /** Milliseconds after the trace began. */
  after: number
  time: Date
}

/** A part of what a span holds, under its name. */
export function Section({ name, text, at, children }: SectionProps) {
  return (
    <section className="span-section">
      <header>
        <h3>{name}</h3>
        {at && (
          <time className="quiet number" dateTime={at.time.toISOString()} title={exactTime(at.time)}>
            +{duration(at.after)}
          </time>
        )}
        {text !== undefined && <CopyButton what={name.toLowerCase()} text={text} />}
      </header>
      {children}
    </section>
  )
}

/** The first line says what happened; the stack, if there is one, is below. */
export function Failure({ error, type }: { error: string; type: string | null }) {
  const [first = '', ...stack] = error.split('\n')
  return (
    <section className="failure" role="alert">
      <header>
        <strong>{type?.replaceAll('_', ' ') ?? 'Error'}</strong>
        <CopyButton what="the error" text={error} />
      </header>
      <p>{first}</p>
      {stack.length > 0 && <pre className="failure-stack">{stack.join('\n')}</pre>}
    </section>
  )
}

export const isHolder = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0
