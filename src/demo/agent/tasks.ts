import { LATE_PARCELS, RESTOCK } from './goods.ts'
import { DUPLICATE_ORDER, REFUND } from './money.ts'
import { RETURN_RATE, WEEKLY_NUMBERS } from './numbers.ts'
import type { Task } from './task.ts'

/** In this order, by which a seed draws them. */
export const TASKS: readonly Task[] = [LATE_PARCELS, RESTOCK, REFUND, RETURN_RATE, WEEKLY_NUMBERS, DUPLICATE_ORDER]
