import { useQuery } from '@tanstack/react-query'
import type { listTraces } from '../../../api/traces/contract.ts'
import { call } from '../../client/call.ts'
import { usePerson } from '../../client/session.ts'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/code.tsx'
import { CopyButton } from '../../components/copy.tsx'
import { Empty } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { between, type TimeRange } from '../../lib/range.ts'
import type { Search } from '../../lib/url.ts'
import { LoadDemo } from '../demo/demo.tsx'

interface NoTracesProps {
  filtered: boolean
  clear: () => void
  range: TimeRange
  set: (patch: Search) => void
  project: string | undefined
}

const DAY_MS = 24 * 60 * 60_000

/** Why there is nothing: the filters, the range, or because nothing was ever sent. */
export function NoTraces({ filtered, clear, range, set, project }: NoTracesProps) {
  const newest = useQuery({
    queryKey: ['newest-trace', project ?? ''],
    queryFn: async () => {
      const { traces } = await call<typeof listTraces>('get', '/v1/traces', {
        query: { limit: 1, project_id: project },
      })
      return traces[0] ?? null
    },
  })
  if (filtered) {
    return (
      <Empty picture={<Picture />} title="No trace is like this">
        <p>None that began in this range fits all the filters.</p>
        <div className="line">
          <Button onClick={clear}>Clear the filters</Button>
        </div>
      </Empty>
    )
  }
  if (newest.data) {
    const at = Date.parse(newest.data.started_at)
    return (
      <Empty picture={<Picture />} title={`Nothing began in this range (${range.label.toLowerCase()})`}>
        <p>
          The newest trace began <Time at={at} />.
        </p>
        <div className="line">
          <Button onClick={() => set(between(at - DAY_MS, at + 1_000))}>Show the day before it</Button>
        </div>
      </Empty>
    )
  }
  return newest.isPending ? null : <NothingYet />
}

function NothingYet() {
  const command = sendOne(location.origin)
  const { role } = usePerson()
  return (
    <Empty picture={<Picture />} title="Traces appear here as they arrive">
      <p>Send one, with your API key in TRULAYER_API_KEY; turn on “Live” to see it come.</p>
      <div className="code-box">
        <div className="code-bar">
          <span className="quiet">curl</span>
          <CopyButton what="the command" text={command} words />
        </div>
        <Code text={command} language="text" />
      </div>
      {role === 'owner' && (
        <div className="line">
          <span>Nothing to send yet?</span>
          <LoadDemo />
        </div>
      )}
    </Empty>
  )
}

const sendOne = (base: string): string =>
  [
    `curl ${base}/v1/ingest \\`,
    `  -H "Authorization: Bearer $TRULAYER_API_KEY" -H 'Content-Type: application/json' \\`,
    `  -d '{"name":"hello","input":"What is 2+2?","output":"4"}'`,
  ].join('\n')

const Picture = () => (
  <svg
    width="120"
    height="56"
    viewBox="0 0 120 56"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.25"
    strokeLinecap="round"
  >
    <title>No traces</title>
    <path d="M4 10h72M16 22h88M16 34h40M64 34h28M28 46h52" opacity="0.7" />
    <path d="M8 16v24M20 28v12" opacity="0.35" strokeDasharray="2 3" />
  </svg>
)
