import { Monitor, Moon, Sun } from 'lucide-react'
import { Menu, MenuChoice, MenuLabel, MenuLine } from '../components/menu.tsx'
import { type Density, density } from '../lib/settings.ts'
import { useStore } from '../lib/store.ts'
import { setTheme, type Theme, theme } from '../lib/theme.ts'

const ICONS = { light: Sun, dark: Moon, system: Monitor }

export function ThemeMenu() {
  const now = useStore(theme)
  const Icon = ICONS[now]
  return (
    <Menu
      align="end"
      trigger={
        <button type="button" className="icon-button" aria-label="Appearance" title="Appearance">
          <Icon size={16} aria-hidden="true" />
        </button>
      }
    >
      <MenuLabel>Theme</MenuLabel>
      <MenuChoice
        value={now}
        onChange={(value) => setTheme(value as Theme)}
        options={[
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
          { value: 'system', label: 'As the system' },
        ]}
      />
      <MenuLine />
      <MenuLabel>Rows</MenuLabel>
      <MenuChoice
        value={useStore(density)}
        onChange={(value) => density.set(value as Density)}
        options={[
          { value: 'comfortable', label: 'Comfortable' },
          { value: 'compact', label: 'Compact' },
        ]}
      />
    </Menu>
  )
}
