import { useSyncExternalStore } from 'react'

/** A value outside of React that components may watch. */
export interface Store<T> {
  get(): T
  set(next: T | ((now: T) => T)): void
  subscribe(listener: () => void): () => void
}

export function store<T>(initial: T): Store<T> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set: (next) => {
      value = typeof next === 'function' ? (next as (now: T) => T)(value) : next
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** A store that the browser keeps, as JSON under `trulayer.<name>`; what cannot be read there counts as not there. */
export function keptStore<T>(name: string, initial: T): Store<T> {
  const key = `trulayer.${name}`
  const inner = store(readKept(key, initial))
  return {
    ...inner,
    set: (next) => {
      inner.set(next)
      try {
        localStorage.setItem(key, JSON.stringify(inner.get()))
      } catch {
        // A browser that keeps nothing forgets the choice at the next load, which is what it was told to do.
      }
    },
  }
}

function readKept<T>(key: string, initial: T): T {
  try {
    const text = localStorage.getItem(key)
    return text === null ? initial : (JSON.parse(text) as T)
  } catch {
    return initial
  }
}

export const useStore = <T>({ subscribe, get }: Store<T>): T => useSyncExternalStore(subscribe, get)
