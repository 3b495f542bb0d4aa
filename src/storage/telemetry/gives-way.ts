import { constants, setPriority } from 'node:os'

/**
 * How a thread that works for minutes lets others go before it. A low priority is not enough: Linux lets whoever has a processor keep it for
 * a slice, and looks again at its next tick, so that a list, which goes to and fro between threads, would wait some milliseconds at each
 * step. Whoever works for a quarter of a millisecond and then sleeps for a moment is never long in the way.
 */
const WORK_MS = 0.25
const REST_MS = 0.05
/** So long after a question there may be a next one at any moment; without one nobody needs the rest. */
const LIVELY_MS = 20

interface Others {
  asked: Int32Array
  seen: number
  /** Until then somebody may ask at any moment. */
  livelyUntil: number
}

let others: Others | null = null
let workingSince = 0
const nothing = new Int32Array(new SharedArrayBuffer(4))

/** Makes this thread one that gives way, to those of whom `asked` counts what they are asked. */
export function giveWayTo(asked: SharedArrayBuffer): void {
  others = { asked: new Int32Array(asked), seen: 0, livelyUntil: 0 }
  // Elsewhere than on Linux the priority is the whole process's.
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW)
}

/** To be called between small parts of what takes long. On other threads it does nothing. */
export function giveWay(): void {
  if (!others) return
  const now = performance.now()
  if (now - workingSince < WORK_MS) return
  const asked = Atomics.load(others.asked, 0)
  if (asked !== others.seen) others.livelyUntil = now + LIVELY_MS
  others.seen = asked
  if (now < others.livelyUntil) Atomics.wait(nothing, 0, 0, REST_MS)
  workingSince = performance.now()
}
