import { useQuery } from '@tanstack/react-query'
import type { listUnknownModels } from '../../../api/model-prices/contract.ts'
import { call } from '../../client/call.ts'
import { Button } from '../../components/button.tsx'
import { exactCount } from '../../lib/format.ts'
import { PRICES_KEY } from './data.ts'

/** Models that were called and cost nothing as far as is known: what should be looked at first. */
export function Unknown({ set }: { set: ((model: string) => void) | null }) {
  const { data } = useQuery({
    queryKey: [PRICES_KEY, 'unknown'],
    queryFn: () =>
      call<typeof listUnknownModels>('get', '/v1/model-prices/unknown', { query: { days: 30, limit: 20 } }),
  })
  if (!data || data.models.length === 0) return null
  return (
    <div className="note warn">
      These models were called in the last 30 days and have no price, so their cost is not counted:
      <ul className="pairs">
        {data.models.map(({ model, provider, spans }) => (
          <li key={`${provider} ${model}`}>
            <span>
              <code>{model}</code> {provider && <span className="quiet">of {provider}</span>}
            </span>
            <span className="line">
              <span className="number">{exactCount(spans)} calls</span>
              {set && (
                <Button className="small" onClick={() => set(model)}>
                  Set a price
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
