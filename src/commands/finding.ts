/** One line of `trulayer doctor`. */
export interface Finding {
  subject: string
  state: 'ok' | 'warning' | 'problem'
  found: string
  /** What to do about it. */
  advice?: string
}

export type Tell = (finding: Finding) => void
