import { isObject, type Json, parseJson } from '../../lib/json.ts'
import { TextOrJson } from './conversation.tsx'
import type { Span } from './data.ts'
import type { Kind } from './kinds.tsx'

export interface Found {
  id: string | null
  title: string | null
  text: string
  score: number | null
}

/** What a retrieval brought: from the attributes of the conventions, or from its output where that is a list of documents. */
export function documentsOf({ metadata, output }: Span, kind: Kind): Found[] {
  const said = metadata.documents
  if (Array.isArray(said)) return said.map(documentOf)
  if (kind !== 'retrieval' || output === null) return []
  const value = parseJson(output)
  const list = Array.isArray(value)
    ? value
    : isObject(value)
      ? (value.documents ?? value.results ?? value.matches ?? value.chunks)
      : null
  return Array.isArray(list) && list.length > 0 && list.every(isObject) ? list.map(documentOf) : []
}

function documentOf(value: unknown): Found {
  const one: Json = isObject(value)
    ? isObject(value.document)
      ? { ...value, ...value.document }
      : value
    : { content: value }
  const about = isObject(one.metadata) ? one.metadata : {}
  const text = one.content ?? one.text ?? one.page_content ?? one.pageContent ?? one.body ?? ''
  return {
    id: label(one.id ?? about.id),
    title: label(one.title ?? one.name ?? one.source ?? about.title ?? about.source ?? about.url),
    text: typeof text === 'string' ? text : JSON.stringify(text),
    score: number(one.score ?? one.similarity ?? one.relevance_score ?? about.score),
  }
}

const label = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)

/** The documents in the order they came, each with how well it fits. */
export function Documents({ documents }: { documents: readonly Found[] }) {
  const best = Math.max(1, ...documents.map(({ score }) => score ?? 0))
  return (
    <ol className="documents">
      {documents.map(({ id, title, text, score }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: documents may repeat and have no other name than their place
        <li key={i}>
          <details open={i < 3}>
            <summary>
              <span className="document-place number">{i + 1}</span>
              <span className="cut">{title ?? id ?? text.slice(0, 80)}</span>
              {score !== null && (
                <span className="document-score number" title={`Score ${score}`}>
                  <meter min={0} max={best} value={score} aria-label="Score" />
                  {score.toFixed(3)}
                </span>
              )}
            </summary>
            <TextOrJson text={text} />
          </details>
        </li>
      ))}
    </ol>
  )
}
