import type { setModelPrice } from '../../../api/model-prices/contract.ts'
import { call } from '../../client/call.ts'
import { Dialog } from '../../components/dialog.tsx'
import { Form } from '../../components/form.tsx'
import { minuteOf } from '../../lib/format.ts'
import { type Price, renewPrices } from './data.ts'

const RATES = [
  { name: 'input', label: 'Input' },
  { name: 'output', label: 'Output' },
  { name: 'cache_read', label: 'Cached input', hint: 'Empty: as input.' },
  { name: 'cache_write', label: 'Written to the cache', hint: 'Empty: as input.' },
  { name: 'reasoning', label: 'Reasoning', hint: 'Empty: as output.' },
] as const

/** Sets a price, or changes one: the same model, provider and beginning replaces what is there. */
export function SetPrice({ price, close }: { price: Partial<Price>; close: () => void }) {
  const money = { type: 'number', min: 0, step: 'any', half: true } as const
  // The field knows minutes, the price milliseconds; what was not touched must stay the same beginning.
  const began = price.effective_from ? minuteOf(Date.parse(price.effective_from)) : ''
  const rates: Partial<Price['per_million']> = price.per_million ?? {}
  return (
    <Dialog
      open
      onOpenChange={close}
      title={price.id ? `Change the price of ${price.model}` : 'Set a price'}
      description="US dollars for a million tokens."
    >
      <Form
        fields={[
          {
            ...{ name: 'model', label: 'Model', required: true, maxLength: 200, half: true },
            ...{ defaultValue: price.model ?? '', autoFocus: true, hint: 'As the spans name it.' },
          },
          {
            ...{ name: 'match', label: 'It is', half: true, defaultValue: price.match ?? 'exact' },
            choices: [
              { value: 'exact', label: 'the whole name' },
              { value: 'regex', label: 'a pattern (RE2)' },
            ],
          },
          ...RATES.map((rate) => {
            const now = rates[rate.name]
            return { ...money, ...rate, ...(typeof now === 'number' ? { defaultValue: now } : {}) }
          }),
          {
            ...money,
            name: 'per_call',
            label: 'For a call',
            hint: 'Dollars, besides tokens.',
            defaultValue: price.per_call || '',
          },
          {
            ...{ name: 'provider', label: 'Provider', maxLength: 100, half: true },
            ...{ defaultValue: price.provider ?? '', hint: 'Empty: whoever serves it.' },
          },
          {
            ...{ name: 'from', label: 'From', type: 'datetime-local', half: true },
            defaultValue: began,
            hint: 'Empty: from now on.',
          },
          { name: 'note', label: 'Note', maxLength: 500, defaultValue: price.note ?? '' },
        ]}
        submit="Save"
        send={async ({ model = '', match, provider, from, per_call, note, ...typed }) => {
          const given = RATES.flatMap(({ name }) => (typed[name] ? [[name, Number(typed[name])] as const] : []))
          await call<typeof setModelPrice>('put', '/v1/model-prices', {
            body: {
              model: model.trim(),
              match: match === 'regex' ? 'regex' : 'exact',
              provider: provider?.trim() || null,
              effective_from:
                from === began ? (price.effective_from ?? null) : from ? new Date(from).toISOString() : null,
              // What this form has no field for stays as it was.
              per_million: { ...others(rates), ...Object.fromEntries(given) },
              per_call: per_call ? Number(per_call) : null,
              tiers: price.tiers ?? null,
              note: note?.trim() || null,
            },
          })
          await renewPrices()
          close()
        }}
      />
    </Dialog>
  )
}

const others = (rates: Partial<Price['per_million']>): Partial<Price['per_million']> =>
  Object.fromEntries(
    Object.entries(rates).filter(([name, rate]) => typeof rate !== 'number' || RATES.every((one) => one.name !== name)),
  )
