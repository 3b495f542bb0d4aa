import { exactCount } from '../../lib/format.ts'
import type { Search } from '../../lib/url.ts'
import { MEASURES, type Measure } from './measures.ts'

/**
 * The filters of the list. In the address they have the names of the API's own query, so that a link, the list and a call with curl
 * say the same; here they become chips, and what somebody types becomes them.
 */
export interface Chip {
  /** Names in the address that this chip stands for. */
  names: readonly string[]
  label: string
  value: string
  bad?: boolean
}

const measureOf = ({ kind }: Field): Measure | undefined =>
  kind === 'text' || kind === 'choice' || kind === 'key' ? undefined : MEASURES[kind]

interface Field {
  id: string
  label: string
  /** What else people call it. */
  also?: readonly string[]
  /** A `key` goes on with one of its own: `tag.team`. */
  kind: 'text' | 'choice' | 'key' | keyof typeof MEASURES
  choices?: readonly { value: string; label: string }[]
  hint: string
}

const FAILURE_TYPES = [
  { value: 'timeout', label: 'timeout' },
  { value: 'rate_limit', label: 'rate limit' },
  { value: 'invalid_response', label: 'invalid response' },
  { value: 'context_length', label: 'context length' },
] as const

export const FIELDS: readonly Field[] = [
  {
    id: 'error',
    label: 'status',
    also: ['error'],
    kind: 'choice',
    choices: [
      { value: 'true', label: 'error' },
      { value: 'false', label: 'ok' },
    ],
    hint: 'error or ok',
  },
  { id: 'failure_type', label: 'failure', kind: 'choice', choices: FAILURE_TYPES, hint: 'timeout, rate limit…' },
  { id: 'q', label: 'text', kind: 'text', hint: 'any words of inputs and outputs' },
  { id: 'model', label: 'model', kind: 'text', hint: 'of any span: gpt-4o' },
  { id: 'name', label: 'name', kind: 'text', hint: 'of the trace, whole' },
  { id: 'latency', label: 'latency', kind: 'duration', hint: '> 2 s, < 300 ms' },
  { id: 'cost', label: 'cost', kind: 'money', hint: '> $0.05' },
  { id: 'token_count', label: 'tokens', kind: 'count', hint: '> 10k' },
  { id: 'session_id', label: 'session', kind: 'text', hint: 'its id' },
  { id: 'user_id', label: 'user', kind: 'text', hint: 'whose trace it is' },
  { id: 'environment', label: 'environment', also: ['env'], kind: 'text', hint: 'production, staging…' },
  { id: 'project', label: 'project', kind: 'text', hint: 'its name' },
  { id: 'tag', label: 'tag', kind: 'text', hint: 'a word of its own: tag is beta' },
  { id: 'tag.', label: 'tag.', kind: 'key', hint: 'tag.team is core' },
  { id: 'metadata.', label: 'metadata.', kind: 'key', hint: 'metadata.tier is pro' },
]

const SINGLE = ['q', 'model', 'name', 'session_id', 'user_id', 'environment', 'tag', 'failure_type'] as const
const RANGES = ['latency', 'cost', 'token_count'] as const

/** Every name of the address that filters; `metadata.*` is open. */
const FILTER_NAMES = [
  'error',
  ...SINGLE,
  'latency_min',
  'latency_max',
  'cost_min',
  'cost_max',
  'token_count_min',
  'token_count_max',
  'tag_key',
  'tag_value',
] as const

const isFilter = (name: string): boolean =>
  (FILTER_NAMES as readonly string[]).includes(name) || name.startsWith('metadata.')

/** What the API is asked with: the filters of an address and nothing else. */
export const filterQuery = (search: Search): Search =>
  Object.fromEntries(Object.entries(search).filter(([name, value]) => value !== undefined && isFilter(name)))

/** What the charts can be narrowed to; with any other filter they would count what the list does not show. */
const COUNTABLE: readonly string[] = [
  'error',
  'model',
  'name',
  'session_id',
  'user_id',
  'environment',
  'tag_key',
  'tag_value',
  'tag',
]

export const isCountable = (search: Search): boolean =>
  Object.keys(filterQuery(search)).every((name) => COUNTABLE.includes(name) || name.startsWith('metadata.'))

export function chipsOf(search: Search): Chip[] {
  const chips: Chip[] = []
  const put = (names: readonly string[], label: string, value: string, bad = false) =>
    chips.push({ names, label, value, ...(bad ? { bad } : {}) })
  if (search.error === 'true' || search.error === 'false') {
    put(['error'], 'status is', search.error === 'true' ? 'error' : 'ok', search.error === 'true')
  }
  for (const id of SINGLE) {
    const value = search[id]
    if (value === undefined) continue
    const field = FIELDS.find((one) => one.id === id)
    put(
      [id],
      id === 'q' ? 'text has' : `${field?.label ?? id} is`,
      field?.choices?.find((one) => one.value === value)?.label ?? value,
    )
  }
  for (const id of RANGES) {
    const field = FIELDS.find((one) => one.id === id)
    const measure = field && measureOf(field)
    if (!measure) continue
    const { label } = field
    const { show } = measure
    const [min, max] = [search[`${id}_min`], search[`${id}_max`]]
    if (min !== undefined) put([`${id}_min`], `${label} ≥`, show(Number(min)))
    if (max !== undefined) put([`${id}_max`], `${label} ≤`, show(Number(max)))
  }
  if (search.tag_key !== undefined && search.tag_value !== undefined) {
    put(['tag_key', 'tag_value'], `tag.${search.tag_key} is`, search.tag_value)
  }
  for (const [name, value] of Object.entries(search)) {
    if (name.startsWith('metadata.') && value !== undefined) put([name], `${name} is`, value)
  }
  return chips
}

/** Without any filter. */
export const cleared = (search: Search): Search =>
  Object.fromEntries(
    Object.keys(search)
      .filter(isFilter)
      .map((name) => [name, undefined]),
  )

export interface Suggestion {
  id: string
  label: string
  hint: string
  /** Adds this to the address, or… */
  patch?: Search
  /** …goes on typing from here. */
  text?: string
}

/** Values seen lately, with how often, by field: `model` → gpt-4o: 31. Tags and metadata have their keys: `metadata.tier`. */
export type Seen = ReadonlyMap<string, ReadonlyMap<string, number>>

/** What the field knows of the values that there are. */
export interface Known {
  /** In the rows that are loaded. */
  seen: Seen
  /** In all of the range; of these fields it wins. */
  counted?: Seen
  projects?: readonly { id: string; name: string }[]
}

const TERM = /^([\w.\- ]*?[\w-])\s*(>=|<=|>|<|=|:|\bis\b)\s*(.*)$/i

const keyOf = (name: string): string => {
  const lower = name.toLowerCase()
  const field = FIELDS.find(({ label, id, also = [] }) => label === lower || id === lower || also.includes(lower))
  // A key of a tag or of metadata is as it was written.
  return field?.id ?? name.replace(/^(?:tag|metadata)\./i, (prefix) => prefix.toLowerCase())
}

/** The field whose values are being typed: `model`, `tag.team`. */
export function fieldTyped(typed: string): string | null {
  const name = TERM.exec(typed.trimStart())?.[1]?.trim()
  return name === undefined ? null : keyOf(name)
}

/** What the typed text may mean, best first. */
export function suggest(typed: string, known: Known): Suggestion[] {
  const text = typed.trim()
  const term = TERM.exec(typed.trimStart())
  if (term) {
    const [, name = '', operator = '', value = ''] = term
    return values(name.trim(), operator, value.trim(), known)
  }
  const seen = valuesOf(known)
  const fields = FIELDS.filter(({ label, also = [] }) =>
    [label, ...also].some((one) => one.startsWith(text.toLowerCase())),
  )
  const keys = [...seen.keys()].filter((key) => /^(?:tag|metadata)\./.test(key) && key.includes(text.toLowerCase()))
  return [
    ...fields.flatMap(({ label, kind, hint }): Suggestion[] => {
      if (kind === 'key') return [{ id: label, label, hint, text: label }]
      return [{ id: label, label, hint, text: kind in MEASURES ? `${label} > ` : `${label} is ` }]
    }),
    ...(text === '' ? [] : wherever(text, known)),
    ...(text === '' ? [] : keys.map((key) => ({ id: key, label: key, hint: '', text: `${key} is ` }))),
  ]
}

const valuesOf = ({ seen, counted = NOTHING }: Known): Seen => new Map([...seen, ...counted])
const NOTHING: Seen = new Map()

/** A bare word may be a value that was seen, or a name. */
function wherever(text: string, known: Known): Suggestion[] {
  const found: Suggestion[] = []
  for (const [field, counts] of valuesOf(known)) {
    for (const [value, n] of counts) {
      if (found.length < 6 && value.toLowerCase().includes(text.toLowerCase())) {
        found.push({
          id: `${field}=${value}`,
          label: `${labelOf(field)} is ${value}`,
          hint: times(n, field, known),
          patch: patchOf(field, value),
        })
      }
    }
  }
  const words: Suggestion = { id: 'q', label: `text has ${text}`, hint: 'in any input or output', patch: { q: text } }
  return [words, ...found]
}

function values(name: string, operator: string, value: string, known: Known): Suggestion[] {
  const key = keyOf(name)
  const field = FIELDS.find(({ id }) => id === key)
  const measure = field && measureOf(field)
  if (measure) return measured(field, measure, operator, value)
  if (field?.choices) {
    return field.choices
      .filter(({ label }) => label.startsWith(value.toLowerCase()))
      .map((choice) => ({
        id: choice.value,
        label: `${field.label} is ${choice.label}`,
        hint: '',
        patch: { [field.id]: choice.value },
      }))
  }
  if (field?.id === 'q') return [{ id: 'q', label: `text has ${value}`, hint: '', patch: { q: value } }]
  if (field?.id === 'project') return projects(value, known)
  if (!field && !/^(?:tag|metadata)\.\S+/.test(key)) {
    return [
      { id: 'unknown', label: `There is no field “${name}”`, hint: 'metadata.<key> is <value> finds by metadata' },
    ]
  }
  const counts = [...(valuesOf(known).get(key) ?? [])].filter(([one]) =>
    one.toLowerCase().includes(value.toLowerCase()),
  )
  const there = counts.slice(0, 8).map(([one, n]) => ({
    id: one,
    label: `${labelOf(key)} is ${one}`,
    hint: times(n, key, known),
    patch: patchOf(key, one),
  }))
  if (value === '' || there.some(({ id }) => id === value)) return there
  return [
    { id: `typed ${value}`, label: `${labelOf(key)} is ${value}`, hint: '', patch: patchOf(key, value) },
    ...there,
  ]
}

function projects(value: string, { projects: all = [] }: Known): Suggestion[] {
  const found = all.filter(({ name }) => name.toLowerCase().includes(value.toLowerCase()))
  if (found.length === 0) return [{ id: 'none', label: `No project is called “${value}”`, hint: 'project is its name' }]
  return found.map(({ id, name }) => ({ id, label: `project is ${name}`, hint: '', patch: { project: id } }))
}

function measured(field: Field, { read, show, example }: Measure, operator: string, value: string): Suggestion[] {
  const amount = read(value)
  if (amount === null) {
    return [{ id: 'wrong', label: `${field.label} ${operator} …`, hint: `a number, such as ${example}` }]
  }
  const upper = operator.startsWith('<')
  const name = `${field.id}_${upper ? 'max' : 'min'}`
  const label = `${field.label} ${upper ? '≤' : '≥'} ${show(amount)}`
  return [{ id: name, label, hint: '', patch: { [name]: String(amount) } }]
}

const labelOf = (field: string): string => FIELDS.find(({ id }) => id === field)?.label ?? field

/** Of a model its calls are counted. */
function times(n: number, field: string, { counted }: Known): string {
  const isAll = counted?.has(field) === true
  const what = isAll && field === 'model' ? 'call' : 'trace'
  return `${exactCount(n)} ${n === 1 ? what : `${what}s`}${isAll ? '' : ' here'}`
}

function patchOf(field: string, value: string): Search {
  if (field.startsWith('tag.')) return { tag_key: field.slice(4), tag_value: value }
  return { [field]: value }
}
