import type { ReactNode } from 'react'
import { Button } from '../../components/button.tsx'
import { toast } from '../../components/toast.ts'
import { columnChoices, density, railFolded } from '../../lib/settings.ts'
import { useStore } from '../../lib/store.ts'
import { setTheme, theme } from '../../lib/theme.ts'
import { SettingsPage } from './settings.tsx'

const THEMES = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'system', label: 'As the system' },
] as const

const DENSITIES = [
  { value: 'comfortable', label: 'Comfortable' },
  { value: 'compact', label: 'Compact' },
] as const

export const AppearancePage = () => (
  <SettingsPage title="Appearance" about="For you, in this browser.">
    <div className="panel choices">
      <Choice name="Theme" about="The dark one is a design of its own.">
        <Segments label="Theme" options={THEMES} value={useStore(theme)} choose={setTheme} />
      </Choice>
      <Choice name="Rows" about="How much a list shows at once.">
        <Segments label="Rows" options={DENSITIES} value={useStore(density)} choose={(to) => density.set(to)} />
      </Choice>
      <Choice name="Rail" about="Folded, the lists have more room.">
        <Segments
          label="Rail"
          options={[
            { value: 'open', label: 'Open' },
            { value: 'folded', label: 'Folded' },
          ]}
          value={useStore(railFolded) ? 'folded' : 'open'}
          choose={(to) => railFolded.set(to === 'folded')}
        />
      </Choice>
      <Choice name="Columns" about="Which columns lists show, and how wide.">
        <Button
          onClick={() => {
            columnChoices.set({})
            toast('The columns are as at first.')
          }}
        >
          As at first
        </Button>
      </Choice>
    </div>
  </SettingsPage>
)

const Choice = ({ name, about, children }: { name: string; about: string; children: ReactNode }) => (
  <div className="choice">
    <div>
      <strong>{name}</strong>
      <p className="quiet">{about}</p>
    </div>
    {children}
  </div>
)

interface SegmentsProps<T extends string> {
  label: string
  options: readonly { value: T; label: string }[]
  value: T
  choose: (value: T) => void
}

function Segments<T extends string>({ label, options, value, choose }: SegmentsProps<T>) {
  return (
    <div className="segments" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => choose(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  )
}
