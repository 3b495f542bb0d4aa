import { Button } from '../../components/button.tsx'
import { toast } from '../../components/toast.ts'
import { copyText } from '../../lib/clipboard.ts'
import { saveText } from '../../lib/save.ts'
import type { TraceItem } from './data.ts'

interface BulkBarProps {
  marked: ReadonlySet<string>
  traces: readonly TraceItem[]
  clear: () => void
}

/** What can be done with the rows that are selected. */
export function BulkBar({ marked, traces, clear }: BulkBarProps) {
  if (marked.size === 0) return null
  const chosen = traces.filter(({ id }) => marked.has(id))
  const copyIds = () =>
    copyText([...marked].join('\n')).then(
      () => toast(`${marked.size} ids are copied.`),
      () => toast('The browser does not let this page copy.'),
    )
  const save = () =>
    saveText('traces.jsonl', 'application/jsonl', chosen.map((trace) => `${JSON.stringify(trace)}\n`).join(''))
  return (
    <section className="bulk" aria-label="Selected traces">
      <span className="number">{marked.size} selected</span>
      <Button look="quiet" onClick={() => void copyIds()}>
        Copy ids
      </Button>
      <Button look="quiet" onClick={save}>
        Save as JSONL
      </Button>
      <Button look="quiet" onClick={clear}>
        Clear
      </Button>
    </section>
  )
}
