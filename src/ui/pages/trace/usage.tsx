import { dollars, exactCount } from '../../lib/format.ts'
import { CostHead, CostParts } from './cost-parts.tsx'
import { type Costs, type Span, useCosts } from './data.ts'
import { Section } from './section.tsx'

/** The tokens of a span, and what each sort of them cost at the price of then. */
export function Usage({ traceId, span }: { traceId: string; span: Span }) {
  const costs = useCosts(traceId, span.id, span.cost !== null)
  const rows = [
    ['Input', span.prompt_tokens],
    ['of it from the cache', span.cache_read_tokens],
    ['of it into the cache', span.cache_write_tokens],
    ['Output', span.completion_tokens],
    ['of it reasoning', span.reasoning_tokens],
  ] as const
  if (rows.every(([, n]) => n === null) && span.cost === null) return null
  const parts = costs.data?.models[0]?.parts ?? []
  const isPriced = parts.some(({ quantity }) => quantity !== null)
  return (
    <Section name="Tokens and cost">
      {isPriced ? (
        <Priced span={span} parts={parts} />
      ) : (
        <table className="usage">
          <tbody>
            {rows.flatMap(([name, n]) =>
              n === null
                ? []
                : [
                    <tr key={name} data-part={name.startsWith('of it')}>
                      <th scope="row">{name}</th>
                      <td>{exactCount(n)}</td>
                    </tr>,
                  ],
            )}
            {span.cost !== null && (
              <tr className="usage-sum">
                <th scope="row">Cost</th>
                <td>{dollars(span.cost)}</td>
              </tr>
            )}
          </tbody>
        </table>
      )}
    </Section>
  )
}

/** What thinking took is a line of its own where it has a price of its own, else it is within the output. */
function Priced({ span, parts }: { span: Span; parts: Costs['models'][number]['parts'] }) {
  const thought = parts.every(({ kind }) => kind !== 'reasoning') ? span.reasoning_tokens : null
  return (
    <table className="usage">
      <CostHead />
      <tbody>
        <CostParts parts={parts} />
        {thought !== null && thought > 0 && (
          <tr data-part="true">
            <th scope="row">of the output, reasoning</th>
            <td>{exactCount(thought)}</td>
            <td />
            <td />
          </tr>
        )}
      </tbody>
      <tfoot>
        <tr className="usage-sum">
          <th scope="row" colSpan={3}>
            Together, at the price of then
          </th>
          <td>{dollars(span.cost)}</td>
        </tr>
      </tfoot>
    </table>
  )
}
