import { Keys } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { groups } from '../lib/shortcuts.ts'
import { useStore } from '../lib/store.ts'
import { sheetOpen } from './page.tsx'

/** Every key that means something on the page as it is now. */
export function KeySheet() {
  const open = useStore(sheetOpen)
  const shown = mergeByName(useStore(groups))
  return (
    <Dialog open={open} onOpenChange={(to) => sheetOpen.set(to)} title="Keyboard" className="key-sheet">
      <div className="key-groups">
        {shown.map(([name, shortcuts]) => (
          <section key={name}>
            <h3>{name}</h3>
            <dl>
              {shortcuts.map(({ keys, label }) => (
                <div key={keys}>
                  <dt>{label}</dt>
                  <dd>
                    <Keys of={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}

type Groups = ReturnType<typeof groups.get>

/** What lies on top comes first; what gives way to something else is not there. */
function mergeByName(all: Groups): [string, Groups[number]['shortcuts']][] {
  const strong = new Set(
    all.flatMap(({ shortcuts }) => shortcuts.flatMap(({ keys, weak }) => (weak ? [] : keys.split('|')))),
  )
  const byName = Map.groupBy(all.toReversed(), ({ name }) => name)
  return [...byName].map(([name, same]) => [
    name,
    same.flatMap(({ shortcuts }) => shortcuts.filter(({ keys, weak }) => !weak || !strong.has(keys))),
  ])
}
