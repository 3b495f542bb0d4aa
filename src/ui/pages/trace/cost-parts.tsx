import { dollars, exactCount } from '../../lib/format.ts'
import type { Costs } from './data.ts'

type Part = Costs['models'][number]['parts'][number]

const KINDS: Record<Part['kind'], string> = {
  input: 'Input',
  cache_read: 'Input from the cache',
  cache_write: 'Input into the cache',
  cache_write_1h: 'Input into the cache for an hour',
  input_audio: 'Sound in',
  input_image: 'Pictures in',
  cache_read_audio: 'Sound from the cache',
  cache_read_image: 'Pictures from the cache',
  output: 'Output',
  reasoning: 'Reasoning',
  output_audio: 'Sound out',
  output_image: 'Pictures out',
  call: 'Calls',
  search: 'Searches of the web',
  stated: 'As the sender says',
}

export const CostHead = () => (
  <thead>
    <tr>
      <th scope="col">
        <span className="only-heard">Of what</span>
      </th>
      <th scope="col">Tokens</th>
      <th scope="col">$ a million</th>
      <th scope="col">Cost</th>
    </tr>
  </thead>
)

/** A line for each sort of tokens. */
export const CostParts = ({ parts }: { parts: readonly Part[] }) =>
  parts.map(({ kind, quantity, per_million, cost }) => (
    <tr key={kind} data-part="true">
      <th scope="row">{KINDS[kind]}</th>
      <td>{exactCount(quantity)}</td>
      <td>{per_million === null ? '–' : per_million.toLocaleString('en', { maximumFractionDigits: 4 })}</td>
      <td>{dollars(cost)}</td>
    </tr>
  ))
