import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import type { getReady } from '../../api/health/contract.ts'
import { call } from '../client/call.ts'
import { Button } from '../components/button.tsx'
import { exactCount } from '../lib/format.ts'

const ASK_MS = 15_000

/** One line under the bar for what everybody should know: the appliance does not answer, cannot store, or a follower is behind. */
export function Banners() {
  const ready = useQuery({
    queryKey: ['ready'],
    queryFn: () => call<typeof getReady>('get', '/ready'),
    refetchInterval: ASK_MS,
    retry: false,
  })
  const text = ready.isError ? ready.error.message : ready.data ? troubleOf(ready.data) : null
  if (text === null) return null
  return (
    <div className="banner" role="status">
      <TriangleAlert size={14} aria-hidden="true" />
      <span>{text}</span>
      <Button look="quiet" onClick={() => void ready.refetch()}>
        Check again
      </Button>
    </div>
  )
}

interface Ready {
  storage: 'open' | 'unwritable' | 'failed'
  disk: { state: 'ok' | 'near' | 'full'; limit: string | null }
  followers: { name: string; state: string; lag: number; failures: number }[]
}

function troubleOf({ storage, disk, followers }: Ready): string | null {
  if (storage === 'failed') return 'The store has failed, so nothing new is kept; the server’s log says why.'
  if (storage === 'unwritable')
    return 'The store cannot be written, so nothing new is kept; the server’s log says why, and it tries again.'
  const limit = disk.limit === null ? '' : ` (${disk.limit})`
  if (disk.state === 'full') return `The disk is full${limit}, so nothing new is taken; erase traces or make room.`
  if (disk.state === 'near') return `The disk is nearly full${limit}; soon nothing new will be taken.`
  const behind = followers.find(({ state }) => state === 'backing_off')
  if (!behind) return null
  return `The follower “${behind.name}” has failed ${exactCount(behind.failures)} times and is ${exactCount(behind.lag)} changes behind; it tries again by itself.`
}
