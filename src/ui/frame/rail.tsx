import { Link } from '@tanstack/react-router'
import { BookOpen, ChevronsLeft, ChevronsRight, Keyboard, LogOut } from 'lucide-react'
import { signOut, usePerson } from '../client/session.ts'
import { Hint, IconButton } from '../components/button.tsx'
import { Menu, MenuItem, MenuLabel, MenuLine } from '../components/menu.tsx'
import { toastProblem } from '../components/toast.ts'
import { railFolded } from '../lib/settings.ts'
import { keptOf, useUrl } from '../lib/url.ts'
import { drawerOpen, sheetOpen } from './page.tsx'
import { PAGES, type PageLink } from './pages.ts'
import { ProjectSwitcher } from './project-switcher.tsx'

interface RailProps {
  folded: boolean
  drawer: boolean
}

export function Rail({ folded, drawer }: RailProps) {
  const groups = Map.groupBy(PAGES, ({ group }) => group)
  return (
    <nav className={drawer ? 'rail drawer' : 'rail'} aria-label="Pages">
      <ProjectSwitcher folded={folded} />
      <div className="rail-pages">
        {[...groups].map(([group, pages]) => (
          <ul key={group}>
            {pages.map((page) => (
              <li key={page.to}>
                <RailLink {...page} folded={folded} />
              </li>
            ))}
          </ul>
        ))}
      </div>
      <div className="rail-end">
        <PersonMenu folded={folded} />
        {!drawer && (
          <IconButton
            label={folded ? 'Unfold the rail' : 'Fold the rail'}
            keys="mod+b"
            onClick={() => railFolded.set(!folded)}
          >
            {folded ? <ChevronsRight size={16} aria-hidden="true" /> : <ChevronsLeft size={16} aria-hidden="true" />}
          </IconButton>
        )}
      </div>
    </nav>
  )
}

function RailLink({ to, label, icon: Icon, folded }: PageLink & { folded: boolean }) {
  const [search] = useUrl()
  const link = (
    <Link
      to={to}
      search={keptOf(search)}
      className="rail-link"
      activeOptions={{ includeSearch: false }}
      onClick={() => drawerOpen.set(false)}
      {...(folded ? { 'aria-label': label } : {})}
    >
      <Icon size={16} aria-hidden="true" />
      {!folded && <span>{label}</span>}
    </Link>
  )
  return folded ? <Hint text={label}>{link}</Hint> : link
}

function PersonMenu({ folded }: { folded: boolean }) {
  const { user, role } = usePerson()
  const name = [user.first_name, user.last_name].filter(Boolean).join(' ') || user.email
  const leave = (): Promise<void> => signOut().catch((error: unknown) => toastProblem(error, leave))
  return (
    <Menu
      side="top"
      trigger={
        <button type="button" className="person">
          <span className="avatar" aria-hidden="true">
            {name.slice(0, 1).toUpperCase()}
          </span>
          <span className={folded ? 'only-heard' : 'cut'}>{name}</span>
          <span className="only-heard">, {role}: account</span>
        </button>
      }
    >
      <MenuLabel>
        {user.email}, {role}
      </MenuLabel>
      <MenuLine />
      <MenuItem onSelect={() => sheetOpen.set(true)}>
        <Keyboard size={14} aria-hidden="true" /> Keyboard
      </MenuItem>
      <MenuItem onSelect={() => location.assign('/docs')}>
        <BookOpen size={14} aria-hidden="true" /> API reference
      </MenuItem>
      <MenuLine />
      <MenuItem onSelect={() => void leave()}>
        <LogOut size={14} aria-hidden="true" /> Sign out
      </MenuItem>
    </Menu>
  )
}
