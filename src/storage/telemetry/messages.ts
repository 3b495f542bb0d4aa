import type { Erase } from './eraser.ts'
import type { PackedAppend } from './pack.ts'
import type { Repriced } from './repricer.ts'
import type { Receipt } from './wire.ts'

/** What the main thread and the writer say to each other. */
export type ToWriter =
  | { kind: 'append'; id: number; append: PackedAppend }
  | { kind: 'erase'; id: number; erase: Erase }
  | { kind: 'reprice'; id: number; changes: readonly Repriced[] }
  | { kind: 'fold'; id: number }
  | { kind: 'close' }
export type FromWriter =
  | { kind: 'ready'; at: Standing }
  | { kind: 'failed'; message: string; name: string }
  /** `took`: milliseconds of the commit of what was appended; null if nothing was. */
  | { kind: 'committed'; at: Standing; answers: Answer[]; took: number | null }
  | { kind: 'closed' }

/** How the file stands after a commit: the last place of the log, and the bytes of pages that hold nothing and are filled before it grows. */
export interface Standing {
  head: number
  freeBytes: number
}

export type Answer =
  | { id: number; receipts: Receipt[] }
  | { id: number; erased: number }
  | { id: number; repriced: number }
  | { id: number; folded: boolean }
  | Refusal

export interface Refusal {
  id: number
  refused: 'storage_full' | 'storage_unavailable' | 'shutting_down' | 'internal'
  message: string
}
