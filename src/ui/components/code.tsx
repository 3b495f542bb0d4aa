import { useMemo } from 'react'
import { highlight } from '../lib/highlight.ts'

const PLAIN = new Set(['text', 'txt', 'plain', 'log', 'console'])

/** Code, coloured a little. */
export function Code({ text, language = '' }: { text: string; language?: string }) {
  const pieces = useMemo(
    () => (PLAIN.has(language) ? [{ kind: 'plain' as const, text }] : highlight(text)),
    [text, language],
  )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so who uses the keyboard must reach it
    <pre className="code" tabIndex={0}>
      <code>
        {pieces.map((piece, i) =>
          piece.kind === 'plain' ? (
            piece.text
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other name than their place
            <span key={i} className={`code-${piece.kind}`}>
              {piece.text}
            </span>
          ),
        )}
      </code>
    </pre>
  )
}
