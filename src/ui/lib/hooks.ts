import { useEffect, useState, useSyncExternalStore } from 'react'
import { store } from './store.ts'

const TICK_MS = 20_000
const now = store(Date.now())
let watchers = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The time, renewed three times a minute for everything on screen at once. */
export const useNow = (): number =>
  useSyncExternalStore((listener) => {
    watchers += 1
    timer ??= setInterval(() => now.set(Date.now()), TICK_MS)
    const stop = now.subscribe(listener)
    return () => {
      stop()
      watchers -= 1
      if (watchers > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }, now.get)

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
  )
}

/** Under 900 px the rail is a drawer and a panel is a page. */
export const useNarrow = (): boolean => useMedia('(max-width: 899px)')

/** The value as it was when it last stood still for this long. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'TruLayer' : `${title} · TruLayer`
  }, [title])
}
