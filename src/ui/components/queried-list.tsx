import { DataTable, type DataTableProps } from './data-table.tsx'
import { Problem } from './states.tsx'

/** As much of a query as a list shows of it. */
interface Asked {
  isError: boolean
  error: unknown
  refetch: () => unknown
  isPending: boolean
  isPlaceholderData: boolean
  /** Of a list that goes on. */
  hasNextPage?: boolean
}

type QueriedListProps<T> = Omit<DataTableProps<T>, 'stale' | 'pending' | 'hasMore'> & { query: Asked }

/** The rows that a query answers, or what went wrong with it. */
export function QueriedList<T>({ query, ...table }: QueriedListProps<T>) {
  const { isError, error, refetch, isPending, isPlaceholderData, hasNextPage = false } = query
  if (isError) {
    return (
      <div className="padded">
        <Problem error={error} retry={refetch} />
      </div>
    )
  }
  const { rows, label } = table
  return (
    <>
      <DataTable {...table} hasMore={hasNextPage} stale={isPlaceholderData} pending={isPending} />
      <span className="only-heard" role="status">
        {isPending ? `Loading: ${label}` : `${label}: ${rows.length}${hasNextPage ? ' or more' : ''}`}
      </span>
    </>
  )
}
