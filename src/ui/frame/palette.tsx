import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import {
  ArrowRight,
  BookOpen,
  Hash,
  Layers,
  Link2,
  ListTree,
  LogOut,
  MessagesSquare,
  Moon,
  Rows3,
  Settings,
  Sun,
  Tag,
  TextSearch,
  User,
} from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { listTraces } from '../../api/traces/contract.ts'
import { call } from '../client/call.ts'
import { useProjects } from '../client/projects.ts'
import { signOut, usePerson } from '../client/session.ts'
import { Keys } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Time } from '../components/time.tsx'
import { toast, toastProblem } from '../components/toast.ts'
import { copyText } from '../lib/clipboard.ts'
import { useSettled } from '../lib/hooks.ts'
import { density } from '../lib/settings.ts'
import { useStore } from '../lib/store.ts'
import { setTheme } from '../lib/theme.ts'
import { keptOf, type Search, useUrl } from '../lib/url.ts'
import { SETTINGS } from '../pages/settings/pages.ts'
import { paletteOpen, paletteText } from './page.tsx'
import { PAGES } from './pages.ts'

const SETTLE_MS = 150
/** One letter is everywhere. */
const LEAST_LETTERS = 2
const NEWEST = 5
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const HEX_TRACE = /^[0-9a-f]{32}$/i

/** Everywhere one can go and everything one can do, by its first letters. */
export function Palette() {
  const open = useStore(paletteOpen)
  return (
    <Dialog
      open={open}
      onOpenChange={(to) => paletteOpen.set(to)}
      title="Search and commands"
      hideTitle
      className="palette"
      onOpenAutoFocus={goOnTyping}
    >
      <PaletteBody />
    </Dialog>
  )
}

/** Radix would select what is there, and the next letter would take its place. */
function goOnTyping(event: Event): void {
  const field = event.target instanceof HTMLElement ? event.target.querySelector('input') : null
  if (!field) return
  event.preventDefault()
  field.focus()
  field.setSelectionRange(field.value.length, field.value.length)
}

function PaletteBody() {
  const [text, setText] = useState(paletteText.get)
  return (
    <Command label="Search and commands" loop>
      <Command.Input
        className="bare-input"
        placeholder="A page, a project, a trace id, a name…"
        value={text}
        onValueChange={setText}
      />
      <Command.List>
        {text.trim() !== '' && <Lookups text={text.trim()} />}
        <Places />
        <SettingsPages />
        <Projects />
        <Actions />
      </Command.List>
    </Command>
  )
}

interface ItemProps {
  icon: ReactNode
  run: () => void
  keys?: string
  /** At the right. */
  end?: ReactNode
  /** Shown whatever was typed. */
  always?: boolean
  value?: string
  children: ReactNode
}

function Item({ icon, run, keys, end, always, value, children }: ItemProps) {
  return (
    <Command.Item
      onSelect={() => {
        paletteOpen.set(false)
        run()
      }}
      {...(value === undefined ? {} : { value })}
      {...(always ? { forceMount: true } : {})}
    >
      {icon}
      <span className="cut">{children}</span>
      {keys && <Keys of={keys} />}
      {end && <span className="item-end">{end}</span>}
    </Command.Item>
  )
}

/** What the text may be: an id, a name, a session, a user. */
function Lookups({ text }: { text: string }) {
  const navigate = useNavigate()
  const [search] = useUrl()
  const kept = keptOf(search)
  const traces = (filter: Search) => () => void navigate({ to: '/traces', search: { ...kept, ...filter } })
  const id = UUID.test(text) ? text : HEX_TRACE.test(text) ? dashed(text) : null
  if (id !== null) {
    return (
      <Command.Group heading="Traces" forceMount>
        <Item
          always
          icon={<Hash size={14} />}
          run={() => void navigate({ to: '/traces/$id', params: { id }, search: kept })}
        >
          Open trace {id}
        </Item>
      </Command.Group>
    )
  }
  return (
    <Command.Group heading="Traces" forceMount>
      <Item always icon={<TextSearch size={14} />} run={traces({ q: text })}>
        Traces with the text “{text}”
      </Item>
      <Item always icon={<Tag size={14} />} run={traces({ name: text })}>
        Traces named “{text}”
      </Item>
      <Item always icon={<MessagesSquare size={14} />} run={traces({ session_id: text })}>
        Traces of session “{text}”
      </Item>
      <Item always icon={<User size={14} />} run={traces({ user_id: text })}>
        Traces of user “{text}”
      </Item>
      <Newest text={text} />
    </Command.Group>
  )
}

/** The newest traces with the text, to be opened at once. */
function Newest({ text }: { text: string }) {
  const navigate = useNavigate()
  const [search] = useUrl()
  const settled = useSettled(text, SETTLE_MS)
  const { data } = useQuery({
    queryKey: ['palette', search.project ?? '', settled],
    enabled: settled.length >= LEAST_LETTERS,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      call<typeof listTraces>('get', '/v1/traces', {
        query: { q: settled, project_id: search.project, limit: NEWEST },
        signal,
      }),
  })
  if (text.length < LEAST_LETTERS) return null
  return data?.traces.map(({ id, name, started_at, match }) => (
    <Item
      key={id}
      always
      value={`trace ${id}`}
      icon={<ListTree size={14} />}
      run={() => void navigate({ to: '/traces/$id', params: { id }, search: keptOf(search) })}
      end={<Time at={started_at} />}
    >
      {name || 'unnamed'} <span className="quiet">{match?.parts.map(({ text: part }) => part).join('')}</span>
    </Item>
  ))
}

const dashed = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5').toLowerCase()

function Places() {
  const navigate = useNavigate()
  const [search] = useUrl()
  return (
    <Command.Group heading="Go to">
      {PAGES.map(({ to, label, icon: Icon, key }) => (
        <Item
          key={to}
          icon={<Icon size={14} />}
          keys={`g ${key}`}
          run={() => void navigate({ to, search: keptOf(search) })}
        >
          {label}
        </Item>
      ))}
      <Item icon={<BookOpen size={14} />} run={() => location.assign('/docs')}>
        API reference
      </Item>
    </Command.Group>
  )
}

function SettingsPages() {
  const navigate = useNavigate()
  const [search] = useUrl()
  const { role } = usePerson()
  return (
    <Command.Group heading="Settings">
      {SETTINGS.filter(({ roles }) => !roles || roles.includes(role)).map(({ to, label }) => (
        <Item
          key={to}
          value={`settings ${label}`}
          icon={<Settings size={14} />}
          run={() => void navigate({ to, search: keptOf(search) })}
        >
          {label}
        </Item>
      ))}
    </Command.Group>
  )
}

function Projects() {
  const { data: projects = [] } = useProjects()
  const [{ project }, set] = useUrl()
  return (
    <Command.Group heading="Switch project">
      {project !== undefined && (
        <Item icon={<Layers size={14} />} run={() => set({ project: undefined })}>
          All projects
        </Item>
      )}
      {projects
        .filter(({ id, archived_at }) => id !== project && archived_at === null)
        .map(({ id, name }) => (
          <Item
            key={id}
            value={`project ${name} ${id}`}
            icon={<ArrowRight size={14} />}
            run={() => set({ project: id })}
          >
            {name}
          </Item>
        ))}
    </Command.Group>
  )
}

function Actions() {
  return (
    <Command.Group heading="Do">
      <Item
        icon={<Link2 size={14} />}
        run={() =>
          copyText(location.href).then(
            () => toast('The link is copied.'),
            () => toast('The browser does not let this page copy.'),
          )
        }
      >
        Copy a link to this view
      </Item>
      <Item icon={<Sun size={14} />} run={() => setTheme('light')}>
        Light theme
      </Item>
      <Item icon={<Moon size={14} />} run={() => setTheme('dark')}>
        Dark theme
      </Item>
      <Item
        icon={<Rows3 size={14} />}
        run={() => density.set((now) => (now === 'compact' ? 'comfortable' : 'compact'))}
      >
        Compact or comfortable rows
      </Item>
      <Item icon={<LogOut size={14} />} run={() => void signOut().catch(toastProblem)}>
        Sign out
      </Item>
    </Command.Group>
  )
}
