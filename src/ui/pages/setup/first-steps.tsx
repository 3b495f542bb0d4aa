import type { ReactNode } from 'react'
import type { setUp } from '../../../api/auth/contract.ts'
import type { AnswerOf } from '../../client/call.ts'
import { CopyButton } from '../../components/copy.tsx'
import { LoadDemo } from '../demo/demo.tsx'
import { Door } from '../sign-in/door.tsx'
import { FirstTrace } from './first-trace.tsx'
import { SendTabs } from './send-tabs.tsx'

/** After the form: the key, five ways to use it, and the trace as it arrives. */
export function FirstSteps({ founded }: { founded: AnswerOf<typeof setUp> }) {
  const {
    key: { key },
    organization,
    try: command,
  } = founded
  return (
    <Door>
      <h1>{organization.name} is ready</h1>
      <Step number="1" title="Your API key">
        <p className="quiet">It is shown this once; only its hash is kept. Put it where your secrets are.</p>
        <KeyBox apiKey={key} />
      </Step>
      <Step number="2" title="Send your first trace">
        <SendTabs target={{ base: location.origin, key }} command={command} />
      </Step>
      <Step number="3" title="See it arrive">
        <FirstTrace />
        <div className="line">
          <span className="quiet">Or look around first:</span>
          <LoadDemo />
        </div>
      </Step>
    </Door>
  )
}

export const KeyBox = ({ apiKey }: { apiKey: string }) => (
  <div className="key-box">
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who uses the keyboard must reach the key, to select it */}
    <code id="key" tabIndex={0}>
      {apiKey}
    </code>
    <CopyButton what="the API key" text={apiKey} words />
  </div>
)

const Step = ({ number, title, children }: { number: string; title: string; children: ReactNode }) => (
  <section className="step">
    <span className="step-number" aria-hidden="true">
      {number}
    </span>
    <div className="stack">
      <h2>{title}</h2>
      {children}
    </div>
  </section>
)
