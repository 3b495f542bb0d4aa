import { AppError } from '../../errors.ts'

/** What a cursor carries: the sort values of the last row of a page, in the order of the sort. */
export type CursorValue = string | number
export type CursorTypes = readonly ('string' | 'number')[]

type ValueOf<T> = T extends 'string' ? string : T extends 'number' ? number : never
type ValuesOf<T extends CursorTypes> = { -readonly [K in keyof T]: ValueOf<T[K]> }

/** Longer than any cursor made here. */
const MAX_LENGTH = 2_000

/** The opaque text that continues a list after `values`. `kind` names the list and its sort, e.g. `traces:-started_at`. */
export const encodeCursor = (kind: string, values: readonly CursorValue[]): string =>
  Buffer.from(JSON.stringify([kind, ...values])).toString('base64url')

/**
 * The values a cursor carries. Throws `invalid_cursor` when the text was not made by `encodeCursor`, belongs to another list or
 * sort, or does not hold exactly the `types` asked for.
 */
export function decodeCursor<const T extends CursorTypes>(kind: string, text: string, types: T): ValuesOf<T> {
  const [ofKind, ...values] = parts(text)
  if (ofKind !== kind) throw invalid()
  if (values.length !== types.length || values.some((value, i) => !fits(value, types[i]))) throw invalid()
  return values as ValuesOf<T>
}

function parts(text: string): unknown[] {
  const bytes = Buffer.from(text, 'base64url')
  // Node skips what is not base64url; a cursor that does not come back as itself was made by somebody else.
  if (text.length > MAX_LENGTH || bytes.toString('base64url') !== text) throw invalid()
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return Array.isArray(value) ? value : []
  } catch {
    throw invalid()
  }
}

const fits = (value: unknown, type: string | undefined): boolean =>
  typeof value === type && (typeof value !== 'number' || Number.isFinite(value))

const invalid = (): AppError =>
  new AppError(
    'invalid_cursor',
    'The cursor is not one of this list; start again without it, or pass `next_cursor` unchanged.',
  )

/** One page of rows that were read one past `limit`: the rows to show, and the cursor of the next page, if there is one. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (last: Row) => string,
): { rows: Row[]; next_cursor: string | null; has_more: boolean } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const has_more = rows.length > limit
  return { rows: shown, next_cursor: has_more && last !== undefined ? cursorOf(last) : null, has_more }
}
