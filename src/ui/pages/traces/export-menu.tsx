import { Download } from 'lucide-react'
import type { exportTraces } from '../../../api/traces/contract.ts'
import { type QueryOf, urlOf } from '../../client/call.ts'
import { Menu, MenuItem, MenuLabel } from '../../components/menu.tsx'
import { toast } from '../../components/toast.ts'
import { save } from '../../lib/save.ts'
import { listQuery, type TraceQuery } from './query.ts'

/** What is filtered, as a file; it streams, however large it is. */
export function ExportMenu({ query }: { query: TraceQuery }) {
  const run = (as: Pick<NonNullable<QueryOf<typeof exportTraces>>, 'format' | 'fields'>) => {
    const { sort: _, ...filter } = listQuery(query) ?? {}
    if (as.format === 'parquet') toast('The file is made first; then the browser saves it.')
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
      <MenuItem onSelect={() => run({ format: 'parquet', fields: 'columns' })}>Parquet</MenuItem>
      <MenuItem onSelect={() => run({ format: 'parquet', fields: 'all' })}>Parquet, traces whole</MenuItem>
    </Menu>
  )
}
