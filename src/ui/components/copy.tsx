import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { copyText } from '../lib/clipboard.ts'
import { shortId } from '../lib/format.ts'
import { toast } from './toast.ts'

const SAID_FOR_MS = 1_600

function useCopy(): { copied: boolean; copy: (text: string) => void } {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SAID_FOR_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = (text: string) => {
    copyText(text).then(
      () => setCopied(true),
      () => toast('The browser does not let this page copy. Select the text and press Ctrl+C.'),
    )
  }
  return { copied, copy }
}

/** Copies what `text` is at the time. Without `words` it is a picture only. */
export function CopyButton({
  what,
  text,
  words = false,
}: {
  what: string
  text: string | (() => string)
  words?: boolean
}) {
  const { copied, copy } = useCopy()
  const Icon = copied ? Check : Copy
  return (
    <button
      type="button"
      className={words ? 'button plain' : 'icon-button small'}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      onClick={() => copy(typeof text === 'string' ? text : text())}
    >
      <Icon size={14} aria-hidden="true" />
      {words && <span>{copied ? 'Copied' : 'Copy'}</span>}
      {copied && (
        <span className="only-heard" role="status">
          Copied
        </span>
      )}
    </button>
  )
}

/** An id, shortened in the middle; a click copies the whole. */
export function Id({ id, what = 'id' }: { id: string; what?: string }) {
  const { copied, copy } = useCopy()
  return (
    <button type="button" className="id" title={`${id}: click to copy`} onClick={() => copy(id)}>
      {copied ? 'copied' : shortId(id)}
      <span className="only-heard">: copy the {what}</span>
    </button>
  )
}
