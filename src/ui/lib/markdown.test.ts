import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blocksOf, inlineOf } from './markdown.ts'

describe('what models write', () => {
  it('is cut into blocks', () => {
    const text =
      '# Title\nSome **words**\nand more\n\n- a\n  - b\n3. c\n\n```ts\nlet x = 1\n```\n| a | b |\n|---|---|\n| 1 | 2 |\n> said'
    expect(blocksOf(text).map(({ kind }) => kind)).toEqual(['heading', 'paragraph', 'list', 'code', 'table', 'quote'])
  })

  it('keeps code as it is, also when its end is missing', () => {
    expect(blocksOf('```\n# not a title')).toEqual([{ kind: 'code', language: '', text: '# not a title' }])
  })

  it('has links that open pages, and none that run anything', () => {
    expect(inlineOf('[a](https://x.y)')).toEqual([{ kind: 'link', text: 'a', href: 'https://x.y' }])
    expect(inlineOf('[b](javascript:alert(1))').map(({ kind }) => kind)).toEqual(['text', 'text'])
  })

  it('loses no word of a paragraph', () => {
    const word = fc.stringMatching(/^[a-zé]{1,8}$/)
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        const said = inlineOf(words.join(' ')).map(({ text }) => text)
        expect(said.join('')).toBe(words.join(' '))
      }),
    )
  })

  it('ends, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => void blocksOf(text).map((block) => 'text' in block && inlineOf(block.text))),
    )
  })
})
