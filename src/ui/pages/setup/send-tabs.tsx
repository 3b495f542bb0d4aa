import { Tabs } from 'radix-ui'
import { useState } from 'react'
import { Code } from '../../components/code.tsx'
import { CopyButton } from '../../components/copy.tsx'
import { curl, go, otel, python, type Target, typescript } from './snippets.ts'

/** One trace, five ways, each complete: paste it and it runs. */
export function SendTabs({ target, command }: { target: Target; command: string }) {
  const ways = [
    { id: 'curl', label: 'curl', text: curl(command), language: 'sh' },
    { id: 'typescript', label: 'TypeScript', text: typescript(target), language: 'ts' },
    { id: 'python', label: 'Python', text: python(target), language: 'python' },
    { id: 'go', label: 'Go', text: go(target), language: 'go' },
    { id: 'otel', label: 'OpenTelemetry', text: otel(target), language: 'ts' },
  ]
  const [shown, setShown] = useState('curl')
  return (
    <Tabs.Root className="code-box" value={shown} onValueChange={setShown}>
      <div className="code-bar">
        <Tabs.List className="tabs" aria-label="How to send">
          {ways.map(({ id, label }) => (
            <Tabs.Trigger key={id} value={id}>
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <CopyButton what="the code" text={() => ways.find(({ id }) => id === shown)?.text ?? ''} words />
      </div>
      {ways.map(({ id, text, language }) => (
        <Tabs.Content key={id} value={id}>
          <Code text={text} language={language} />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  )
}
