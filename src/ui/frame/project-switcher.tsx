import { ChevronsUpDown, Layers } from 'lucide-react'
import { useProjects } from '../client/projects.ts'
import { usePerson } from '../client/session.ts'
import { Menu, MenuChoice, MenuLabel } from '../components/menu.tsx'
import { useUrl } from '../lib/url.ts'

const ALL = 'all'

/** Which project the pages speak of; the address says it, so that a link shows the same to everybody. */
export function ProjectSwitcher({ folded }: { folded: boolean }) {
  const { organization } = usePerson()
  const { data: projects = [] } = useProjects()
  const [{ project }, set] = useUrl()
  const chosen = projects.find(({ id }) => id === project)
  const name = chosen?.name ?? 'All projects'
  const active = projects.filter(({ archived_at, id }) => archived_at === null || id === project)
  return (
    <Menu
      trigger={
        <button type="button" className="switcher">
          <img src={ICON} alt="" width={20} height={20} />
          <span className={folded ? 'only-heard' : 'switcher-words'}>
            <span className="cut">{organization.name}</span>
            <span className="cut quiet">{name}</span>
            <span className="only-heard">: switch project</span>
          </span>
          {!folded && <ChevronsUpDown size={14} aria-hidden="true" />}
        </button>
      }
    >
      <MenuLabel>Projects</MenuLabel>
      <MenuChoice
        value={chosen?.id ?? ALL}
        onChange={(id) => set({ project: id === ALL ? undefined : id, peek: undefined })}
        options={[
          {
            value: ALL,
            label: (
              <span className="with-icon">
                <Layers size={14} aria-hidden="true" /> All projects
              </span>
            ),
          },
          ...active.map(({ id, name, archived_at }) => ({
            value: id,
            label: archived_at ? `${name} (archived)` : name,
          })),
        ]}
      />
    </Menu>
  )
}

/** The same file that the page names as its icon. */
const ICON = document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href ?? ''
