import { useMutation, useQuery } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type {
  deleteModelPrice,
  listModelPrices,
  listUnknownModels,
  setModelPrice,
} from '../../../api/model-prices/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { queryClient } from '../../client/query.ts'
import { usePerson } from '../../client/session.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Form } from '../../components/form.tsx'
import { Empty, Mark, Problem, Skeleton } from '../../components/states.tsx'
import { usePages } from '../../components/use-pages.ts'
import { dollars, exactCount } from '../../lib/format.ts'
import { useSettled } from '../../lib/hooks.ts'
import { SettingsPage } from './settings.tsx'

type PricePage = AnswerOf<typeof listModelPrices>
type Price = PricePage['prices'][number]
type Rate = Price['per_million']['input']

const KEY = 'model-prices'
const renewed = () => queryClient.invalidateQueries({ queryKey: [KEY] })

export function PricesPage() {
  const { role } = usePerson()
  const [text, setText] = useState('')
  const [setting, setSetting] = useState<string | null>(null)
  const [removing, setRemoving] = useState<Price | null>(null)
  const q = useSettled(text.trim(), 200)
  const { list, rows, loadMore } = usePages(
    [KEY, q],
    (cursor, signal) =>
      call<typeof listModelPrices>('get', '/v1/model-prices', {
        query: { q: q || undefined, cursor, limit: 100 },
        signal,
      }),
    (page: PricePage) => page.prices,
  )
  const mayChange = role === 'owner'
  return (
    <SettingsPage
      title="Model prices"
      about="What a million tokens cost, in US dollars. Your own prices win over the table; a trace is priced when it comes, and keeps that price."
      action={
        mayChange && (
          <Button look="primary" onClick={() => setSetting('')}>
            <Plus size={14} aria-hidden="true" /> Set a price
          </Button>
        )
      }
    >
      <Unknown set={mayChange ? setSetting : null} />
      <input
        className="input"
        aria-label="Find a model"
        placeholder="Find a model or provider"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {list.isError && <Problem error={list.error} retry={list.refetch} />}
      {list.isPending && <Skeleton lines={8} />}
      {list.data && rows.length === 0 && (
        <Empty title="No model has this in its name">
          <p>Set a price of your own for it, and its calls have a cost from then on.</p>
        </Empty>
      )}
      {rows.length > 0 && (
        <div className="table-scroll panel">
          <table className="plain-table settings-table">
            <thead>
              <tr>
                <th scope="col">Model</th>
                <th scope="col">Provider</th>
                <th scope="col">Input</th>
                <th scope="col">Output</th>
                <th scope="col">Cached input</th>
                <th scope="col">Says who</th>
                <th scope="col">
                  <span className="only-heard">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((price) => (
                <tr key={`${price.source} ${price.provider} ${price.model} ${price.effective_from}`}>
                  <th scope="row" className="wide cut-cell" title={price.name ?? price.model}>
                    {price.model}
                  </th>
                  <td>{price.provider ?? <span className="quiet">any</span>}</td>
                  <td>{rate(price.per_million.input)}</td>
                  <td>{rate(price.per_million.output)}</td>
                  <td>{rate(price.per_million.cache_read)}</td>
                  <td title={price.origin}>
                    {price.source === 'override' ? (
                      <Mark kind="info">you</Mark>
                    ) : price.source === 'config' ? (
                      <Mark kind="off">configuration</Mark>
                    ) : (
                      <span className="quiet">the table</span>
                    )}
                  </td>
                  <td>
                    {mayChange && price.id !== null && (
                      <IconButton
                        label={`Remove the price of ${price.model}`}
                        className="small"
                        onClick={() => setRemoving(price)}
                      >
                        <Trash2 size={14} aria-hidden="true" />
                      </IconButton>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.hasNextPage && <Button onClick={loadMore}>Show more</Button>}
      {setting !== null && <SetPrice model={setting} close={() => setSetting(null)} />}
      {removing && (
        <Confirm
          title={`Remove your price of ${removing.model}?`}
          action="Remove"
          close={() => setRemoving(null)}
          run={async () => {
            await call<typeof deleteModelPrice>('delete', '/v1/model-prices/{id}', {
              params: { id: removing.id ?? '' },
            })
            await renewed()
          }}
        >
          <p>
            Traces that come from then on are priced by the table, if it knows the model. Those that are here keep their
            cost.
          </p>
        </Confirm>
      )}
    </SettingsPage>
  )
}

function rate(value: Rate): string {
  if (value === undefined) return '–'
  return typeof value === 'number' ? dollars(value) : `${dollars(value.base)} and up`
}

/** Models that were called and cost nothing as far as is known: what should be looked at first. */
function Unknown({ set }: { set: ((model: string) => void) | null }) {
  const { data } = useQuery({
    queryKey: [KEY, 'unknown'],
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

function SetPrice({ model, close }: { model: string; close: () => void }) {
  const save = useMutation({
    mutationFn: ({ name, input, output, cached }: { name: string; input: string; output: string; cached: string }) =>
      call<typeof setModelPrice>('put', '/v1/model-prices', {
        body: {
          model: name.trim(),
          per_million: {
            ...(input === '' ? {} : { input: Number(input) }),
            ...(output === '' ? {} : { output: Number(output) }),
            ...(cached === '' ? {} : { cache_read: Number(cached) }),
          },
        },
      }),
  })
  const money = { type: 'number', min: 0, step: 'any' } as const
  return (
    <Dialog
      open
      onOpenChange={close}
      title="Set a price"
      description="US dollars for a million tokens, for every trace that comes from now on."
    >
      <Form
        fields={[
          {
            name: 'name',
            label: 'Model',
            required: true,
            maxLength: 200,
            defaultValue: model,
            autoFocus: true,
            hint: 'As the spans name it.',
          },
          { name: 'input', label: 'Input', required: true, ...money },
          { name: 'output', label: 'Output', required: true, ...money },
          { name: 'cached', label: 'Cached input', hint: 'Empty: as input.', ...money },
        ]}
        submit="Save"
        send={async ({ name = '', input = '', output = '', cached = '' }) => {
          await save.mutateAsync({ name, input, output, cached })
          await renewed()
          close()
        }}
      />
    </Dialog>
  )
}
