import { useMemo } from 'react'
import { type Block, blocksOf, inlineOf } from '../lib/markdown.ts'
import { Code } from './code.tsx'

/** Text as a model wrote it. */
export function Markdown({ text }: { text: string }) {
  const blocks = useMemo(() => blocksOf(text), [text])
  return (
    <div className="markdown">
      {blocks.map((block, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a text have no other name than their place
        <One key={i} block={block} />
      ))}
    </div>
  )
}

function One({ block }: { block: Block }) {
  switch (block.kind) {
    case 'paragraph':
      return (
        <p>
          <Words text={block.text} />
        </p>
      )
    case 'heading':
      return (
        <p className={`md-heading md-h${Math.min(block.level, 4)}`}>
          <Words text={block.text} />
        </p>
      )
    case 'code':
      return <Code text={block.text} language={block.language} />
    case 'quote':
      return (
        <blockquote>
          <Markdown text={block.text} />
        </blockquote>
      )
    case 'rule':
      return <hr />
    case 'list': {
      const List = block.ordered ? 'ol' : 'ul'
      return (
        <List {...(block.ordered ? { start: block.start } : {})}>
          {block.items.map((item, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <li key={i} data-level={item.level}>
              <Words text={item.text} />
            </li>
          ))}
        </List>
      )
    }
    case 'table':
      return (
        <div className="md-table">
          <table>
            <thead>
              <tr>
                {block.head.map((cell, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <th key={i}>
                    <Words text={cell} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row, r) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                <tr key={r}>
                  {row.map((cell, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: as above
                    <td key={i}>
                      <Words text={cell} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )
  }
}

function Words({ text }: { text: string }) {
  return inlineOf(text).map((piece, i) => {
    const key = `${i}`
    switch (piece.kind) {
      case 'text':
        return piece.text
      case 'code':
        return <code key={key}>{piece.text}</code>
      case 'strong':
        return <strong key={key}>{piece.text}</strong>
      case 'em':
        return <em key={key}>{piece.text}</em>
      case 'strike':
        return <s key={key}>{piece.text}</s>
      case 'link':
        return (
          <a key={key} href={piece.href} target="_blank" rel="noreferrer noopener">
            {piece.text}
          </a>
        )
    }
    return null
  })
}
