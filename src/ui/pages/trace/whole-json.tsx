import { Download } from 'lucide-react'
import { useState } from 'react'
import { urlOf } from '../../client/call.ts'
import { Button } from '../../components/button.tsx'
import { Json } from '../../components/json.tsx'
import { Empty, Problem, Skeleton } from '../../components/states.tsx'
import { exactCount } from '../../lib/format.ts'
import { save } from '../../lib/save.ts'
import { useWholeTrace, WHOLE_SPANS } from './data.ts'

/** The trace as the API answers it. A very large one is offered as a file first. */
export function WholeJson({ id, spans }: { id: string; spans: number }) {
  const [wanted, setWanted] = useState(spans <= WHOLE_SPANS)
  const whole = useWholeTrace(id, wanted)
  const file = () => save(`trace-${id}.json`, urlOf('/v1/traces/{id}', { id }))
  if (!wanted) {
    return (
      <Empty title={`This trace has ${exactCount(spans)} spans`}>
        <p>All of it as JSON is large; as a file it streams.</p>
        <div className="line">
          <Button look="primary" onClick={file}>
            <Download size={14} aria-hidden="true" /> Save as a file
          </Button>
          <Button onClick={() => setWanted(true)}>Show it here</Button>
        </div>
      </Empty>
    )
  }
  if (whole.isError) return <Problem error={whole.error} retry={whole.refetch} />
  if (!whole.data) {
    return (
      <div className="padded">
        <Skeleton lines={12} />
      </div>
    )
  }
  return (
    <div className="whole-json">
      <Json value={whole.data} what="the trace" tall />
    </div>
  )
}
