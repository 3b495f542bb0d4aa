import { AppError } from '../../errors.ts'
import { parseQuery } from '../../storage/search/query.ts'
import type { TextAsk } from '../../storage/telemetry/questions/search.ts'
import type { Services } from '../services.ts'

/**
 * Puts a question with a text to the index of texts, which has caught up as far as it could in short time: `notYetSearchable` changes of traces
 * it has not seen. The question answers null where the index is missing or damaged; it is begun anew then. 503 where that is of no use.
 */
export async function searched<T>(
  { telemetry, search }: Pick<Services, 'telemetry' | 'search'>,
  q: string,
  put: (text: TextAsk) => Promise<T | null>,
): Promise<{ found: T; notYetSearchable: number }> {
  const query = parseQuery(q)
  const { head } = telemetry
  await search.caughtUp(head)
  for (const again of [true, false]) {
    const notYetSearchable = Math.max(0, head - search.place)
    const found = await put({ query, generation: search.generation })
    if (found !== null) return { found, notYetSearchable }
    if (again) await search.rebuild()
  }
  throw new AppError('storage_unavailable', 'The index of texts is being built anew; try again shortly.', {
    retryAfterS: 1,
  })
}
