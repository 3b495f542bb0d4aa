import { isObject, type JsonObject, type JsonValue } from '../../../storage/telemetry/record.ts'
import { count } from '../../usage-counts.ts'
import { type Attributes, parseJson } from '../otlp-values.ts'

/** An event of a span, with its attributes as plain JSON. */
export interface SourceEvent {
  name: string
  attributes: Attributes
}

const MAX_LEVELS = 24
const INDEX = /^\d{1,9}$/

const equal = (a: JsonValue, b: JsonValue): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

/** The attributes and events of one span, and which of them a family has taken. */
export class SpanSource {
  private readonly taken = new Set<string>()
  private readonly takenEvents = new Set<SourceEvent>()
  private prefixes: Prefixes | null = null

  constructor(
    readonly attributes: Attributes,
    readonly events: readonly SourceEvent[],
    readonly scopeName: string,
    readonly spanName = '',
  ) {}

  has(key: string): boolean {
    return this.attributes.has(key)
  }

  /** Is there an attribute whose name begins with the prefix, which ends in a dot? Cheap up to the second dot (`llm.`, `llm.token_count.`). */
  hasPrefix(prefix: string): boolean {
    return this.keysUnder(prefix).length > 0
  }

  /** The attribute's value without taking it. */
  peek(key: string): JsonValue | undefined {
    return this.attributes.get(key)
  }

  /** The first of the attributes that is text and not empty, without taking it. */
  peekText(...keys: string[]): string | null {
    for (const key of keys) {
      const value = this.attributes.get(key)
      if (typeof value === 'string' && value !== '') return value
    }
    return null
  }

  take(key: string): JsonValue | undefined {
    const value = this.attributes.get(key)
    if (value !== undefined) this.taken.add(key)
    return value
  }

  /** The first of the attributes that is text and not empty, or a number. */
  takeText(...keys: string[]): string | null {
    for (const key of keys) {
      const value = this.attributes.get(key)
      if ((typeof value !== 'string' || value === '') && typeof value !== 'number') continue
      this.taken.add(key)
      return String(value)
    }
    return null
  }

  /** The first of the attributes that is a count; some senders write numbers as text. */
  takeCount(...keys: string[]): number | null {
    for (const key of keys) {
      const value = this.attributes.get(key)
      const found = count(typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value)
      if (found === null) continue
      this.taken.add(key)
      return found
    }
    return null
  }

  /** The first of the attributes that is a number, not negative. */
  takeAmount(...keys: string[]): number | null {
    for (const key of keys) {
      const value = this.attributes.get(key)
      if (typeof value !== 'number' || value < 0) continue
      this.taken.add(key)
      return value
    }
    return null
  }

  /** Structure that may be carried as such or as JSON text; text that is not JSON is given as it is. */
  takeJson(...keys: string[]): JsonValue | undefined {
    for (const key of keys) {
      const value = this.attributes.get(key)
      if (value === undefined || value === null || value === '') continue
      this.taken.add(key)
      return typeof value === 'string' ? (parseJson(value) ?? value) : value
    }
    return undefined
  }

  /** An object, carried as such or as JSON text; anything else is not taken. */
  takeObject(...keys: string[]): JsonObject | null {
    for (const key of keys) {
      const value = this.attributes.get(key)
      const parsed = typeof value === 'string' ? parseJson(value) : value
      if (!isObject(parsed)) continue
      this.taken.add(key)
      return parsed
    }
    return null
  }

  /** An object of the attributes that are there, each under its new name, or null. Of two for one name the first is taken. */
  takeAll(names: Readonly<Record<string, string>>): JsonObject | null {
    let found: JsonObject | null = null
    for (const key in names) {
      const name = names[key] ?? key
      if (found !== null && found[name] !== undefined) continue
      const value = this.take(key)
      if (value === undefined || value === null) continue
      found ??= {}
      found[name] = value
    }
    return found
  }

  /** All attributes under a prefix that ends in a dot by what follows it, or null. */
  takeUnder(prefix: string): JsonObject | null {
    return this.under(prefix, (key) => this.taken.add(key))
  }

  /** The same, without taking them. */
  peekUnder(prefix: string): JsonObject | null {
    return this.under(prefix, () => undefined)
  }

  private under(prefix: string, meet: (key: string) => void): JsonObject | null {
    const found: JsonObject = {}
    for (const key of this.keysUnder(prefix)) {
      const value = this.attributes.get(key) ?? null
      meet(key)
      if (value !== null) found[key.slice(prefix.length)] = value
    }
    return Object.keys(found).length === 0 ? null : found
  }

  /**
   * The numbered attributes under a prefix, put together again: `p.0.role`, `p.0.calls.1.id` → `[{role, calls: […]}]`, in the
   * order of the numbers. Empty when there are none.
   */
  takeList(prefix: string): JsonValue[] {
    const keys = this.keysUnder(prefix)
    if (keys.length === 0) return []
    const root = new Branch()
    for (const key of keys) {
      const path = key.slice(prefix.length).split('.')
      if (
        !INDEX.test(path[0] ?? '') ||
        path.length > MAX_LEVELS ||
        !root.put(path, 0, this.attributes.get(key) ?? null)
      )
        continue
      this.taken.add(key)
    }
    const list = root.value()
    return Array.isArray(list) ? list : []
  }

  /**
   * Makes attributes of the span of what an event of that name carries, for conventions that move the bulk of a span there. An event
   * that disagrees with the span is left as it is.
   */
  absorb(eventName: string): void {
    for (const event of this.events) {
      if (event.name !== eventName || this.takenEvents.has(event)) continue
      if ([...event.attributes].some(([key, value]) => !equal(value, this.attributes.get(key) ?? value))) continue
      for (const [key, value] of event.attributes) this.attributes.set(key, value)
      this.takenEvents.add(event)
      this.prefixes = null
    }
  }

  /** Events of that name that no family has taken yet. */
  takeEvents(names: ReadonlySet<string>): SourceEvent[] {
    if (this.events.length === 0) return []
    const found = this.events.filter((event) => names.has(event.name) && !this.takenEvents.has(event))
    for (const event of found) this.takenEvents.add(event)
    return found
  }

  private keysUnder(prefix: string): readonly string[] {
    this.prefixes ??= prefixesOf(this.attributes.keys())
    const second = prefix.indexOf('.', prefix.indexOf('.') + 1) + 1
    const keys = this.prefixes.get(second === 0 ? prefix : prefix.slice(0, second)) ?? NO_KEYS
    return second === 0 || second === prefix.length ? keys : keys.filter((key) => key.startsWith(prefix))
  }

  isTaken(event: SourceEvent): boolean {
    return this.takenEvents.has(event)
  }

  /** Attributes that no family took. */
  rest(): [string, JsonValue][] {
    const left: [string, JsonValue][] = []
    for (const entry of this.attributes) if (!this.taken.has(entry[0])) left.push(entry)
    return left
  }
}

const NO_KEYS: readonly string[] = []

/** Keys by what comes before, and with, their first and their second dot: asked for often, so found once. */
type Prefixes = ReadonlyMap<string, readonly string[]>

/** An application sends the same few sets of names again and again; one that makes names up must not fill the memory. */
const KNOWN = new Map<string, Prefixes>()
const MOST_KNOWN = 500
const LONGEST_KNOWN = 2_000

function prefixesOf(keys: Iterable<string>): Prefixes {
  const list = [...keys]
  const names = list.join('\n')
  const known = KNOWN.get(names)
  if (known !== undefined) return known
  const found = byPrefix(list)
  if (names.length > LONGEST_KNOWN) return found
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear()
  KNOWN.set(names, found)
  return found
}

function byPrefix(keys: Iterable<string>): Prefixes {
  const groups = new Map<string, string[]>()
  for (const key of keys) {
    let dot = key.indexOf('.')
    for (let level = 0; level < 2 && dot >= 0; level++, dot = key.indexOf('.', dot + 1)) {
      const prefix = key.slice(0, dot + 1)
      const group = groups.get(prefix)
      if (group === undefined) groups.set(prefix, [key])
      else group.push(key)
    }
  }
  return groups
}

/** A level of a tree of attribute names. */
class Branch {
  private readonly children = new Map<string, Branch | { leaf: JsonValue }>()

  /** False when the path runs through, or ends at, something that is there already. */
  put(path: readonly string[], at: number, value: JsonValue): boolean {
    const name = path[at] ?? ''
    const child = this.children.get(name)
    if (at === path.length - 1) {
      if (child === undefined) this.children.set(name, { leaf: value })
      return child === undefined
    }
    if (child instanceof Branch) return child.put(path, at + 1, value)
    if (child !== undefined) return false
    const branch = new Branch()
    this.children.set(name, branch)
    return branch.put(path, at + 1, value)
  }

  value(): JsonValue {
    const entries = [...this.children].map(
      ([name, child]) => [name, child instanceof Branch ? child.value() : child.leaf] as const,
    )
    if (!entries.every(([name]) => INDEX.test(name))) return Object.fromEntries(entries)
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value)
  }
}

/** What JSON text says; anything else as it is. */
export const fromJson = (value: JsonValue): JsonValue =>
  typeof value === 'string' ? (parseJson(value) ?? value) : value
