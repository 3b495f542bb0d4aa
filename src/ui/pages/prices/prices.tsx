import { Calculator, Plus, Trash2, Upload } from 'lucide-react'
import { useState } from 'react'
import type { deleteModelPrice, listModelPrices } from '../../../api/model-prices/contract.ts'
import { call } from '../../client/call.ts'
import { usePerson } from '../../client/session.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { PlainTable } from '../../components/plain-table.tsx'
import { Empty, Mark, Problem, Skeleton } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { usePages } from '../../components/use-pages.ts'
import { useSettled } from '../../lib/hooks.ts'
import { useUrl } from '../../lib/url.ts'
import { SettingsPage } from '../settings/settings.tsx'
import { PRICES_KEY, type Price, type PricePage, renewPrices } from './data.ts'
import { ImportPrices } from './import-prices.tsx'
import { Recompute } from './recompute.tsx'
import { SetPrice } from './set-price.tsx'
import { Unknown } from './unknown.tsx'

type Rate = Price['per_million']['input']
type Asking =
  | { kind: 'set'; price: Partial<Price> }
  | { kind: 'remove'; price: Price }
  | { kind: 'import' | 'recompute' }

/** What models cost, whose word that is, and everything an owner can do about it. */
export function PricesPage() {
  const { role } = usePerson()
  const [{ own }, set] = useUrl()
  const [text, setText] = useState('')
  const [asking, setAsking] = useState<Asking | null>(null)
  const close = () => setAsking(null)
  const q = useSettled(text.trim(), 200)
  const source = own === 'yes' ? 'override' : undefined
  const { list, rows, loadMore } = usePages(
    [PRICES_KEY, q, source],
    (cursor, signal) =>
      call<typeof listModelPrices>('get', '/v1/model-prices', {
        query: { q: q || undefined, source, cursor, limit: 100 },
        signal,
      }),
    (page: PricePage) => page.prices,
  )
  const mayChange = role === 'owner'
  const setPrice = (price: Partial<Price>) => setAsking({ kind: 'set', price })
  return (
    <SettingsPage
      title="Model prices"
      about="What a million tokens cost, in US dollars. Your own prices win over the table; a trace is priced when it comes, and keeps that price until it is recomputed."
      action={
        mayChange && (
          <span className="line">
            <Button onClick={() => setAsking({ kind: 'recompute' })}>
              <Calculator size={14} aria-hidden="true" /> Recompute
            </Button>
            <Button onClick={() => setAsking({ kind: 'import' })}>
              <Upload size={14} aria-hidden="true" /> Import
            </Button>
            <Button look="primary" onClick={() => setPrice({})}>
              <Plus size={14} aria-hidden="true" /> Set a price
            </Button>
          </span>
        )
      }
    >
      <Unknown set={mayChange ? (model) => setPrice({ model }) : null} />
      <div className="price-find">
        <input
          className="input"
          aria-label="Find a model"
          placeholder="Find a model or provider"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button aria-pressed={own === 'yes'} onClick={() => set({ own: own === 'yes' ? undefined : 'yes' })}>
          Only your own
        </Button>
      </div>
      {list.isError && <Problem error={list.error} retry={list.refetch} />}
      {list.isPending && <Skeleton lines={8} />}
      {list.data && rows.length === 0 && (
        <Empty title={source && q === '' ? 'You have set no price yet' : 'No model has this in its name'}>
          <p>Set a price of your own for it, and its calls have a cost from then on.</p>
        </Empty>
      )}
      {rows.length > 0 && (
        <PlainTable heads={['Model', 'Provider', ...RATES, 'From', 'Says who']} numbers={RATES}>
          {rows.map((price) => (
            <Row key={rowKey(price)} price={price} {...(mayChange ? { set: setPrice, ask: setAsking } : {})} />
          ))}
        </PlainTable>
      )}
      {list.hasNextPage && <Button onClick={loadMore}>Show more</Button>}
      {asking?.kind === 'set' && <SetPrice price={asking.price} close={close} />}
      {asking?.kind === 'import' && <ImportPrices close={close} />}
      {asking?.kind === 'recompute' && <Recompute close={close} />}
      {asking?.kind === 'remove' && <Remove price={asking.price} close={close} />}
    </SettingsPage>
  )
}

const RATES = ['Input', 'Output', 'Cached input']

const rowKey = ({ source, provider, model, match, effective_from }: Price): string =>
  [source, provider, model, match, effective_from].join(' ')

interface RowProps {
  price: Price
  set?: (price: Price) => void
  ask?: (asking: Asking) => void
}

function Row({ price, set, ask }: RowProps) {
  const { model, match, name, note, provider, per_million, effective_from, source, origin, id } = price
  return (
    <tr>
      <th scope="row" className="wide cut-cell" title={note ?? name ?? model}>
        {id !== null && set ? (
          <button type="button" className="row-button" onClick={() => set(price)}>
            {model}
          </button>
        ) : (
          model
        )}
        {match === 'regex' && <span className="badge price-pattern">pattern</span>}
      </th>
      <td>{provider ?? <span className="quiet">any</span>}</td>
      <td className="number">{rate(per_million.input)}</td>
      <td className="number">{rate(per_million.output)}</td>
      <td className="number">{rate(per_million.cache_read)}</td>
      <td>{effective_from ? <Time at={effective_from} /> : <span className="quiet">always</span>}</td>
      <td title={origin}>
        {source === 'override' ? (
          <Mark kind="info">you</Mark>
        ) : source === 'config' ? (
          <Mark kind="off">configuration</Mark>
        ) : (
          <span className="quiet">the table</span>
        )}
      </td>
      <td>
        {ask && id !== null && (
          <IconButton
            label={`Remove the price of ${model}`}
            className="small"
            onClick={() => ask({ kind: 'remove', price })}
          >
            <Trash2 size={14} aria-hidden="true" />
          </IconButton>
        )}
      </td>
    </tr>
  )
}

const Remove = ({ price: { id, model }, close }: { price: Price; close: () => void }) => (
  <Confirm
    title={`Remove your price of ${model}?`}
    action="Remove"
    close={close}
    run={async () => {
      await call<typeof deleteModelPrice>('delete', '/v1/model-prices/{id}', { params: { id: id ?? '' } })
      await renewPrices()
    }}
  >
    <p>
      Traces that come from then on are priced by the table, if it knows the model. Those that are here keep their cost
      until you recompute it.
    </p>
  </Confirm>
)

function rate(value: Rate): string {
  if (value === undefined) return '–'
  return typeof value === 'number' ? price(value) : `${price(value.base)} and up`
}

/** As price lists have it: two digits after the point, or as many as there are. */
const price = (dollars: number): string =>
  `$${dollars.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 6 })}`
