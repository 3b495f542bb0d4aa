import { type RefObject, useMemo } from 'react'
import { sqlPieces, wordAt } from '../../lib/sql.ts'

interface EditorProps {
  field: RefObject<HTMLTextAreaElement | null>
  value: string
  onChange: (value: string) => void
  /** Where it is wrong. */
  wrongAt: number | null
}

const MOST_CHARACTERS = 20_000

/** A text field over its own text in colour: typing, selecting and undoing are the browser's. */
export function Editor({ field, value, onChange, wrongAt }: EditorProps) {
  const pieces = useMemo(() => sqlPieces(value), [value])
  const lines = value.split('\n').length
  return (
    <div className="sql-editor">
      <div className="sql-lines" aria-hidden="true">
        {Array.from({ length: lines }, (_, i) => i + 1).join('\n')}
      </div>
      <div className="sql-text">
        <pre aria-hidden="true">
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
          {'\n'}
        </pre>
        {wrongAt !== null && (
          <pre className="sql-wrong" aria-hidden="true">
            {value.slice(0, wrongAt)}
            <mark>{wordAt(value, wrongAt) || ' '}</mark>
          </pre>
        )}
        <textarea
          ref={field}
          aria-label="SQL"
          aria-invalid={wrongAt !== null}
          aria-describedby="sql-problem"
          value={value}
          maxLength={MOST_CHARACTERS}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          wrap="off"
          placeholder="SELECT …"
          onChange={(event) => onChange(event.target.value)}
        />
      </div>
    </div>
  )
}

/** Puts a text where the cursor is, as if it were typed: it can be undone. */
export function typeInto(field: HTMLTextAreaElement | null, text: string): void {
  if (!field) return
  field.focus()
  const before = field.value.slice(0, field.selectionStart)
  const spaced = before === '' || /[\s(,.]$/.test(before) ? text : ` ${text}`
  document.execCommand('insertText', false, spaced)
}

/** Takes the place of all that is there; it can be undone. */
export function typeOver(field: HTMLTextAreaElement | null, text: string): void {
  if (!field) return
  field.focus()
  field.select()
  document.execCommand('insertText', false, text)
  field.setSelectionRange(0, 0)
}
