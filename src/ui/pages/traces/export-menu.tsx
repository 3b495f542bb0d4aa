import { Download } from 'lucide-react'
import type { exportTraces } from '../../../api/traces/contract.ts'
import { type QueryOf, urlOf } from '../../client/call.ts'
import { Menu, MenuItem, MenuLabel } from '../../components/menu.tsx'
import { toast } from '../../components/toasts.tsx'
import { save } from '../../lib/save.ts'
import { listQuery, type TraceQuery } from './data.ts'

/** What is filtered, as a file; it streams, however large it is. */
export function ExportMenu({ query }: { query: TraceQuery }) {
  const run = (as: Pick<NonNullable<QueryOf<typeof exportTraces>>, 'format' | 'fields'>) => {
    const { sort: _, q, ...filter } = listQuery(query) ?? {}
    if (q) toast('The file has all that the other filters find: a search in texts cannot be exported.')
    save(`traces.${as.format}`, urlOf('/v1/traces/export', {}, { ...filter, ...as }))
  }
  return (
    <Menu
      align="end"
      trigger={
        <button type="button" className="icon-button" aria-label="Export" title="Export what is filtered">
          <Download size={16} aria-hidden="true" />
        </button>
      }
    >
      <MenuLabel>Export what is filtered</MenuLabel>
      <MenuItem onSelect={() => run({ format: 'csv', fields: 'columns' })}>CSV</MenuItem>
      <MenuItem onSelect={() => run({ format: 'jsonl', fields: 'columns' })}>JSON lines</MenuItem>
      <MenuItem onSelect={() => run({ format: 'jsonl', fields: 'all' })}>JSON lines, traces whole</MenuItem>
    </Menu>
  )
}
