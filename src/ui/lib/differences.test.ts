import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences, shortened } from './differences.ts'

const marked = (texts: string[]) =>
  differences(texts).map((stretches) => stretches.map(({ text, differs }) => (differs ? `[${text}]` : text)).join(''))

describe('what differs between texts that say the same', () => {
  it.each([
    [
      ['429 quota exceeded (request id: req_1a)', '429 quota exceeded (request id: req_2b)'],
      ['429 quota exceeded (request id: [req_1a])', '429 quota exceeded (request id: [req_2b])'],
    ],
    [
      ['Used 199239, Requested 3548. Try in 914ms.', 'Used 198100, Requested 12. Try in 914ms.'],
      ['Used [199239], Requested [3548]. Try in 914ms.', 'Used [198100], Requested [12]. Try in 914ms.'],
    ],
    [
      ['no order “a b c” here', 'no order “x” here', 'no order “a b c” here'],
      ['no order “[a b c]” here', 'no order “[x]” here', 'no order “[a b c]” here'],
    ],
    [
      ['the same', 'the same'],
      ['the same', 'the same'],
    ],
    [['alone'], ['alone']],
    [
      ['one thing', 'quite another'],
      ['one thing', 'quite another'],
    ],
    [[], []],
  ])('%j', (texts, expected) => expect(marked(texts)).toEqual(expected))

  it('joined again are the texts, whatever they are', () => {
    const word = fc.constantFrom('a', 'b', ' ', '  ', '\n', '<', 'é', '12', '-', 'long-word', '😀')
    const text = fc.array(word, { maxLength: 30 }).map((words) => words.join(''))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (texts) => {
        expect(differences(texts).map((stretches) => stretches.map((one) => one.text).join(''))).toEqual(texts)
      }),
    )
  })

  it('stays in sight however long the rest is', () => {
    const long = 'word '.repeat(400)
    const [, second = []] = differences([`${long}id 17 ${long}`, `${long}id 18 ${long}`])
    const short = shortened(second)
    expect(short.map(({ text }) => text).join('').length).toBeLessThan(80)
    expect(short.filter(({ differs }) => differs)).toEqual([{ text: '18', differs: true }])
  })
})
