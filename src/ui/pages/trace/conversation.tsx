import { Wrench } from 'lucide-react'
import { type ReactNode, useContext, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy.tsx'
import { Json } from '../../components/json.tsx'
import { Markdown } from '../../components/markdown.tsx'
import { bytes } from '../../lib/format.ts'
import { parseJson } from '../../lib/json.ts'
import type { Message, Part, ToolCall } from '../../lib/messages.ts'
import { SearchedText } from './find.ts'

const MOST_LINES = 40
const MOST_LETTERS = 6_000

/** Messages as they were said: roles, words, pictures, and each tool call with its result. */
export function Conversation({ messages, mark }: { messages: readonly Message[]; mark?: string }) {
  return (
    <div className="talk">
      {messages.map((message, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages have no other name than their place
        <Said key={i} message={message} {...(mark === undefined ? {} : { mark })} />
      ))}
    </div>
  )
}

function Said({ message, mark }: { message: Message; mark?: string }) {
  const { role, name, parts, reasoning, calls } = message
  const text = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n')
  return (
    <article className="said" data-role={role}>
      <header>
        <span className="said-role">{role}</span>
        {name && <span className="quiet">{name}</span>}
        {mark && <span className="badge">{mark}</span>}
        {text !== '' && <CopyButton what={`what the ${role} said`} text={text} />}
      </header>
      {reasoning && (
        <details className="thought">
          <summary>Reasoning</summary>
          <Folded text={reasoning} />
        </details>
      )}
      {parts.map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <PartView key={i} part={part} />
      ))}
      {calls.map((call, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <CallCard key={i} call={call} />
      ))}
      {parts.length + calls.length === 0 && !reasoning && <p className="quiet">nothing</p>}
    </article>
  )
}

function PartView({ part }: { part: Part }) {
  switch (part.kind) {
    case 'text':
      return <TextOrJson text={part.text} />
    case 'image':
      // An address elsewhere is not asked for: nobody there shall learn who reads this trace.
      return /^(?:data:image|\/v1\/attachments)\//.test(part.src) ? (
        <img className="said-image" src={part.src} alt="Sent with the message" />
      ) : (
        <p>
          Picture:{' '}
          <a href={part.src} target="_blank" rel="noreferrer noopener">
            {part.src}
          </a>
        </p>
      )
    case 'file':
      return (
        <p>
          <a href={part.src} download>
            {part.media || 'A file'}, {bytes(part.bytes)}
          </a>
        </p>
      )
    case 'json':
      return <Json value={part.value} search={false} />
  }
}

/** A tool's call and what it answered, as one. */
function CallCard({ call: { name, args, result } }: { call: ToolCall }) {
  return (
    <section className="call" aria-label={`Tool call ${name}`}>
      <header>
        <Wrench size={12} aria-hidden="true" className="kind-icon" data-kind="tool" />
        <span className="call-name">{name}</span>
        <CopyButton what="the arguments" text={args} />
      </header>
      {args !== '' && args !== '{}' && <TextOrJson text={args} />}
      {result && (
        <div className="call-result">
          <span className="quiet">returned</span>
          {result.map((part, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts have no other name than their place
            <PartView key={i} part={part} />
          ))}
        </div>
      )}
    </section>
  )
}

/** JSON as a tree, other text as Markdown, both folded when long. */
export function TextOrJson({ text }: { text: string }): ReactNode {
  const value = /^\s*[[{]/.test(text) ? parseJson(text) : undefined
  if (typeof value === 'object' && value !== null) return <Json value={value} search={text.length > 2_000} />
  return <Folded text={text} />
}

function Folded({ text }: { text: string }) {
  const [whole, setWhole] = useState(false)
  const lines = text.split('\n')
  const long = lines.length > MOST_LINES || text.length > MOST_LETTERS
  const begins = lines.slice(0, MOST_LINES).join('\n').slice(0, MOST_LETTERS)
  const searched = useContext(SearchedText).toLowerCase()
  // What is searched must not stand where it is folded away.
  const hidden = long && searched !== '' && text.slice(begins.length).toLowerCase().includes(searched)
  if (!long || whole || hidden) {
    return (
      <>
        <Markdown text={text} />
        {long && !hidden && (
          <Button look="quiet" className="small" onClick={() => setWhole(false)}>
            Show less
          </Button>
        )}
      </>
    )
  }
  return (
    <>
      <Markdown text={begins} />
      <Button look="quiet" className="small" onClick={() => setWhole(true)}>
        Show all {lines.length} lines, {bytes(text.length)}
      </Button>
    </>
  )
}
