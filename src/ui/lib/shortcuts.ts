import { useLayoutEffect, useRef } from 'react'
import { store } from './store.ts'

/**
 * The keyboard map. A part of a page says which keys it answers to while it is on screen; what was said last wins, so that a panel
 * over a list takes the list's keys. `?` shows all that hold now.
 */
export interface Shortcut {
  /** `j`, `Shift+J`, `Escape`, `mod+k` (⌘ on a Mac, Ctrl elsewhere), or two in a row: `g t`. Several are parted by `|`. */
  keys: string
  label: string
  run: (event: KeyboardEvent) => void
  /** Also while a field has the focus. */
  inFields?: boolean
  /** Gives way to any other part of the page that answers to the same key. */
  weak?: boolean
}

interface Group {
  name: string
  shortcuts: readonly Shortcut[]
}

export const groups = store<readonly Group[]>([])

/** Answers to these keys as long as the caller is mounted. */
export function useShortcuts(name: string, shortcuts: readonly Shortcut[], enabled = true): void {
  const latest = useRef(shortcuts)
  latest.current = shortcuts
  const shape = shortcuts.map(({ keys, label }) => `${keys}\n${label}`).join('\n')
  // Before the page is painted: whoever sees it may press a key at once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape says when the shown map changed; what runs is always the latest
  useLayoutEffect(() => {
    if (!enabled) return
    const group: Group = {
      name,
      shortcuts: latest.current.map(({ keys, label, inFields = false, weak = false }, i) => ({
        ...{ keys, label, inFields, weak },
        run: (event) => latest.current[i]?.run(event),
      })),
    }
    groups.set((now) => [...now, group])
    return () => groups.set((now) => now.filter((one) => one !== group))
  }, [name, shape, enabled])
}

const SEQUENCE_MS = 1_200
let before: { key: string; at: number } | null = null

export function listenToKeys(): () => void {
  window.addEventListener('keydown', onKey)
  return () => window.removeEventListener('keydown', onKey)
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const key = nameOf(event)
  if (key === null) return
  const typing = isField(event.target)
  const sequence = before && event.timeStamp - before.at < SEQUENCE_MS ? `${before.key} ${key}` : null
  before = typing ? null : { key, at: event.timeStamp }
  const found = (sequence && find(sequence, typing)) || find(key, typing)
  if (!found) return
  before = null
  event.preventDefault()
  found.run(event)
}

function find(keys: string, typing: boolean): Shortcut | undefined {
  const fits = (one: Shortcut) => (one.inFields || !typing) && one.keys.split('|').includes(keys)
  const found = groups
    .get()
    .toReversed()
    .flatMap(({ shortcuts }) => shortcuts.filter(fits))
  return found.find(({ weak }) => !weak) ?? found[0]
}

function nameOf({ key, metaKey, ctrlKey, altKey, shiftKey }: KeyboardEvent): string | null {
  if (altKey || key === 'Shift' || key === 'Control' || key === 'Meta') return null
  if (metaKey || ctrlKey) return `mod+${key.toLowerCase()}`
  return key.length > 1 && shiftKey ? `Shift+${key}` : key
}

/** Does the element take letters? Buttons and links leave all but Enter and Space to the map, which has neither for them. */
function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'range'].includes(target.type)
  return target.closest('[role="menu"],[role="dialog"][data-keys="own"],[role="listbox"]') !== null
}

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** `mod+k` as it is printed on this machine's keys: ⌘ K, or Ctrl K. */
export function keyNames(keys: string): string[] {
  const [first = ''] = keys.split('|')
  // A space and a plus are keys too.
  return (first.length === 1 ? [first] : first.split(/[ +]/)).map((key) => {
    switch (key) {
      case 'mod':
        return MAC ? '⌘' : 'Ctrl'
      case 'Escape':
        return 'Esc'
      case 'ArrowLeft':
        return '←'
      case 'ArrowRight':
        return '→'
      case 'ArrowUp':
        return '↑'
      case 'ArrowDown':
        return '↓'
      case 'enter':
        return '↵'
      case ' ':
        return 'Space'
      default:
        return keys.startsWith('mod+') ? key.toUpperCase() : key
    }
  })
}
