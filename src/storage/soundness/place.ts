import type { Place } from './tree.ts'

/** A place in a tree, as it can be written down: a row number, or an entry in base64. Null: before all. */
export interface WrittenPlace {
  after: string | number | null
  /** Of an entry: whether all of it stands in `after`. */
  whole: boolean
}

export function writePlace(place: Place | null): WrittenPlace {
  if (place === null || typeof place === 'number') return { after: place, whole: false }
  return { after: Buffer.from(place.bytes).toString('base64'), whole: place.whole }
}

export function readPlace({ after, whole }: WrittenPlace): Place | null {
  return typeof after === 'string' ? { bytes: Buffer.from(after, 'base64'), whole } : after
}
