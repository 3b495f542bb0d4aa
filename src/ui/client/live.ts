import type { LiveTraceEvent } from '../../api/traces/contract.ts'
import { urlOf } from './call.ts'

export interface LiveListener {
  /** Connected, at first and again: what came before, or while it was cut, must be asked for. */
  opened(): void
  trace(event: LiveTraceEvent): void
  /** Cut off; the browser tries again by itself unless `forGood`: the session has ended, or the appliance is gone. */
  lost(forGood: boolean): void
}

/** Listens to new traces, of one project or of all. Answers the function that stops it. */
export function listen({ opened, trace, lost }: LiveListener, project?: string): () => void {
  const source = new EventSource(urlOf('/v1/traces/live', {}, { project_id: project }))
  source.addEventListener('open', opened)
  source.addEventListener('message', ({ data }: MessageEvent<string>) => trace(JSON.parse(data) as LiveTraceEvent))
  source.addEventListener('error', () => lost(source.readyState === EventSource.CLOSED))
  return () => source.close()
}
