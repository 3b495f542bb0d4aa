import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Popup } from '../../components/popup.tsx'
import { Problem, Skeleton } from '../../components/states.tsx'
import { dollars, exactCount } from '../../lib/format.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { keptOf, useUrl } from '../../lib/url.ts'
import { CostHead, CostParts } from './cost-parts.tsx'
import { type Costs, type Outline, useCosts } from './data.ts'

/** What the trace cost; it opens to what that is made of. */
export function CostFigure({ trace }: { trace: Outline }) {
  const [open, setOpen] = useState(false)
  const priced = trace.cost !== null || trace.spans.some(({ cost }) => cost !== null)
  const shown = priced || (trace.total_token_count ?? 0) > 0
  useShortcuts('Trace', [{ keys: '$', label: 'What it cost', run: () => setOpen(!open) }], shown)
  if (!shown) return <>{dollars(trace.cost)}</>
  return (
    <Popup
      label="What it cost"
      className="costs"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <button type="button" className="figure-button" aria-label={`Cost ${dollars(trace.cost)}, of what it is made`}>
          {dollars(trace.cost)}
        </button>
      }
    >
      <Breakdown id={trace.id} />
    </Popup>
  )
}

function Breakdown({ id }: { id: string }) {
  const [search] = useUrl()
  const costs = useCosts(id)
  if (costs.isError) return <Problem error={costs.error} retry={costs.refetch} />
  if (!costs.data) return <Skeleton lines={4} />
  const { cost, spans_cost, models, unpriced_calls } = costs.data
  const stated = cost !== null && Math.abs(cost - spans_cost) > 1e-9
  return (
    <>
      <table className="usage">
        <CostHead />
        {models.map((model) => (
          <Model key={`${model.provider} ${model.model} ${model.tier}`} model={model} />
        ))}
        <tfoot>
          <tr className="usage-sum">
            <th scope="row" colSpan={3}>
              {stated ? 'The spans together' : 'Together'}
            </th>
            <td>{dollars(spans_cost)}</td>
          </tr>
          {stated && (
            <tr className="usage-sum">
              <th scope="row" colSpan={3}>
                The trace, as its sender says
              </th>
              <td>{dollars(cost)}</td>
            </tr>
          )}
        </tfoot>
      </table>
      {unpriced_calls > 0 && (
        <p className="quiet">
          {unpriced_calls === 1
            ? 'One more call has no price'
            : `${exactCount(unpriced_calls)} more calls have no price`}
          .{' '}
          <Link to="/settings/prices" search={keptOf(search)}>
            Set one
          </Link>
        </p>
      )}
    </>
  )
}

function Model({ model: { model, provider, tier, calls, cost, parts } }: { model: Costs['models'][number] }) {
  return (
    <tbody>
      <tr className="usage-model">
        <th scope="rowgroup" colSpan={3}>
          {model ?? 'No model'}
          <span className="quiet">
            {[provider, tier, calls === 1 ? '1 call' : `${exactCount(calls)} calls`].filter(Boolean).join(' · ')}
          </span>
        </th>
        <td>{dollars(cost)}</td>
      </tr>
      <CostParts parts={parts} />
    </tbody>
  )
}
