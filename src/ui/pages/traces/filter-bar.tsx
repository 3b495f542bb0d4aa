import { Filter } from 'lucide-react'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { type Project, useProjects } from '../../client/projects.ts'
import { Button } from '../../components/button.tsx'
import type { TimeRange } from '../../lib/range.ts'
import { reveal } from '../../lib/reveal.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import type { Search } from '../../lib/url.ts'
import { Chips } from './chips.tsx'
import { useCounted } from './counted.ts'
import { type Chip, chipsOf, cleared, type Seen, type Suggestion, suggest } from './filters.ts'

interface FilterBarProps {
  search: Search
  set: (patch: Search) => void
  range: TimeRange
  /** In the rows that are loaded. */
  seen?: Seen
}

const NOT_SEEN: Seen = new Map()

/** Chips for what filters now, and a field that knows the fields, their operators, and the values that were seen. */
export function FilterBar({ search, set, range, seen = NOT_SEEN }: FilterBarProps) {
  const { data: projects = NO_PROJECTS } = useProjects()
  const project = projects.find(({ id }) => id === search.project)
  const own = project ? [{ names: ['project'], label: 'project is', value: project.name }] : []
  const chips: Chip[] = [...own, ...chipsOf(search)]
  const drop = ({ names }: Chip) => set(Object.fromEntries(names.map((name) => [name, undefined])))
  return (
    <div className="filters" role="search" aria-label="Filter traces">
      <Filter size={14} aria-hidden="true" className="filters-icon" />
      <Chips chips={chips} drop={drop} />
      <FilterField
        {...{ seen, projects, range }}
        project={search.project}
        add={set}
        dropLast={() => {
          const last = chips.at(-1)
          if (last) drop(last)
        }}
        words={chips.length === 0 ? 'Filter: model is gpt-4o, latency > 2 s, metadata.tier is pro' : 'Add a filter'}
      />
      {chips.length > own.length && (
        <Button look="quiet" className="small" onClick={() => set(cleared(search))}>
          Clear
        </Button>
      )}
    </div>
  )
}

const NO_PROJECTS: readonly Project[] = []

interface FilterFieldProps {
  seen: Seen
  projects: readonly Project[]
  range: TimeRange
  project: string | undefined
  add: (patch: Search) => void
  dropLast: () => void
  words: string
}

function FilterField({ seen, projects, range, project, add, dropLast, words }: FilterFieldProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  const counted = useCounted(text, range, project, open)
  const suggestions = useMemo(() => suggest(text, { seen, counted, projects }), [text, seen, counted, projects])
  useShortcuts('List', [{ keys: '/|f', label: 'Filter', run: () => input.current?.focus() }])

  const list = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is marked is asked of the list itself
  useEffect(() => reveal(list.current, list.current?.querySelector('[aria-selected="true"]')), [at, suggestions])

  const type = (to: string) => {
    setText(to)
    setAt(0)
    setOpen(true)
  }
  const take = (suggestion: Suggestion | undefined) => {
    if (suggestion?.patch) {
      add(suggestion.patch)
      setText('')
      setAt(0)
      setOpen(false)
    } else if (suggestion?.text !== undefined) type(suggestion.text)
    input.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (move !== undefined && suggestions.length > 0) {
      setOpen(true)
      setAt((now) => (now + move + suggestions.length) % suggestions.length)
    } else if (event.key === 'Enter' || (event.key === 'Tab' && open && text !== '')) {
      take(suggestions[at])
    } else if (event.key === 'Backspace' && text === '') {
      dropLast()
    } else if (event.key === 'Escape') {
      if (open) setOpen(false)
      else input.current?.blur()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className="filter-field">
      <input
        ref={input}
        className="bare-input"
        role="combobox"
        aria-label="Add a filter"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...(open && suggestions[at] ? { 'aria-activedescendant': `${id}-${at}` } : {})}
        placeholder={words}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => type(event.target.value)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <div
        ref={list}
        className="filter-list"
        role="listbox"
        id={`${id}-list`}
        aria-label="Suggestions"
        // What scrolls would be a stop of the tabulator, and be gone when it is reached.
        tabIndex={-1}
        hidden={!open || suggestions.length === 0}
      >
        {suggestions.map((suggestion, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={suggestion.id}
            role="option"
            id={`${id}-${i}`}
            aria-selected={i === at}
            // The field must not lose the focus before the click.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(suggestion)}
          >
            <span className="cut">{suggestion.label}</span>
            <span className="filter-hint">{suggestion.hint}</span>
          </div>
        ))}
      </div>
    </div>
  )
}
