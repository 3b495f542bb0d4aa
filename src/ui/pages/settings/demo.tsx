import { useState } from 'react'
import { usePerson } from '../../client/session.ts'
import { Button } from '../../components/button.tsx'
import { Skeleton } from '../../components/states.tsx'
import { exactCount } from '../../lib/format.ts'
import { Incidents, LoadDemo, RemoveDemo, useDemo } from '../demo/demo.tsx'
import { SettingsPage } from './settings.tsx'

export function DemoPage() {
  const { demo, remove } = useDemo()
  const { role } = usePerson()
  const [asking, setAsking] = useState(false)
  const there = demo?.state === 'loaded' || demo?.state === 'failed'
  return (
    <SettingsPage
      title="Demo data"
      about="Two weeks of made-up traffic of an outdoor shop, in a project of its own: to look around before your own traces come."
      action={
        role === 'owner' && (
          <span className="line">
            <LoadDemo />
            {there && (
              <Button look="danger" onClick={() => setAsking(true)}>
                Remove
              </Button>
            )}
          </span>
        )
      }
    >
      {!demo && <Skeleton lines={4} />}
      {demo?.error && <p className="note bad">{demo.error}</p>}
      {demo?.state === 'loaded' && (
        <section className="stack">
          <p className="quiet">{exactCount(demo.traces)} traces are there. This was made to go wrong in them:</p>
          <Incidents demo={demo} />
        </section>
      )}
      {asking && demo && <RemoveDemo demo={demo} remove={remove} close={() => setAsking(false)} />}
    </SettingsPage>
  )
}
