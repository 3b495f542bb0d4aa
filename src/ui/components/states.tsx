import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { ApiError } from '../client/call.ts'
import { Button } from './button.tsx'
import { Id } from './copy.tsx'

/** What went wrong, what to do, and the id under which the log knows it. */
export function Problem({ error, retry }: { error: unknown; retry?: (() => unknown) | undefined }) {
  const known = error instanceof ApiError ? error : null
  return (
    <div className="problem" role="alert">
      <CircleAlert size={16} aria-hidden="true" />
      <div className="problem-words">
        <p>{known?.message ?? `This page failed: ${error instanceof Error ? error.message : String(error)}`}</p>
        {known?.requestId && (
          <p className="quiet">
            Request <Id id={known.requestId} what="request id" />
          </p>
        )}
      </div>
      {retry && <Button onClick={() => void retry()}>Try again</Button>}
    </div>
  )
}

/** What will be here, and the one thing that makes it appear. */
export function Empty({ picture, title, children }: { picture?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      {picture && (
        <div className="empty-picture" aria-hidden="true">
          {picture}
        </div>
      )}
      <h2>{title}</h2>
      <div className="empty-words">{children}</div>
    </div>
  )
}

/** In the shape of what comes: `lines` rows of the height of a row. */
export function Skeleton({ lines = 1, className = '' }: { lines?: number; className?: string }) {
  return (
    <div className={`skeleton ${className}`} aria-hidden="true">
      {Array.from({ length: lines }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same
        <span key={i} />
      ))}
    </div>
  )
}

/** A state in words and shape, not in colour alone. */
export function Mark({
  kind,
  children,
  title,
}: {
  kind: 'ok' | 'warn' | 'bad' | 'info' | 'off'
  children: ReactNode
  title?: string
}) {
  return (
    <span className={`mark ${kind}`} title={title}>
      {children}
    </span>
  )
}
