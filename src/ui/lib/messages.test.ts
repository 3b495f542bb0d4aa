import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messagesIn, saidLast } from './messages.ts'

const read = (value: unknown) => messagesIn(JSON.stringify(value))

describe('a conversation', () => {
  it('pairs a tool call with its result, in the manner of OpenAI', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"n":1}' } }
    const messages = read([
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: 'found' },
    ])
    expect(messages).toHaveLength(2)
    expect(messages?.[1]?.calls).toEqual([
      { id: 'c1', name: 'look', args: '{"n":1}', result: [{ kind: 'text', text: 'found' }] },
    ])
  })

  it('and of Anthropic, with what it thought', () => {
    const messages = read([
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm' },
          { type: 'tool_use', id: 't', name: 'look', input: { n: 1 } },
        ],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'found' }] }],
      },
    ])
    expect(messages).toEqual([
      {
        role: 'assistant',
        parts: [],
        reasoning: 'hm',
        calls: [expect.objectContaining({ name: 'look', result: [{ kind: 'text', text: 'found' }] })],
      },
    ])
  })

  it.each([
    ['Gemini', [{ role: 'model', parts: [{ text: 'hi' }] }], 'assistant'],
    ['choices', { choices: [{ message: { role: 'assistant', content: 'hi' } }] }, 'assistant'],
    ['messages', { messages: [{ role: 'human', content: 'hi' }] }, 'user'],
    ['one alone', { role: 'user', content: 'hi' }, 'user'],
  ])('in the manner of %s', (_, value, role) =>
    expect(read(value)).toEqual([expect.objectContaining({ role, parts: [{ kind: 'text', text: 'hi' }] })]),
  )

  it('shows pictures that are data or kept beside the message, and never asks for one elsewhere', () => {
    const kept = { type: 'attachment', id: 'a'.repeat(64), media_type: 'image/png', bytes: 68 }
    const parts = read([
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }, kept] },
    ])?.[0]?.parts
    expect(parts).toEqual([
      { kind: 'image', src: 'data:image/png;base64,AA' },
      { kind: 'image', src: `/v1/attachments/${'a'.repeat(64)}` },
    ])
  })

  it('is not what only looks like one', () => {
    expect(read([{ id: 'kb-1', title: 'x' }])).toBeNull()
    expect(read({ ok: true })).toBeNull()
    expect(messagesIn('[not json')).toBeNull()
  })

  it('comes down to what was said or called last', () => {
    const last = (value: unknown) => saidLast(JSON.stringify(value))
    const call = { id: 'c', function: { name: 'look', arguments: '{ "n": 1 }' } }
    expect(last([{ role: 'user', content: 'hi' }])).toBe('user: hi')
    expect(
      last([
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: null, tool_calls: [call] },
      ]),
    ).toBe('assistant: look({ "n": 1 })')
    expect(saidLast('  plain words ')).toBe('plain words')
    expect(saidLast(' ')).toBeNull()
    expect(saidLast(null)).toBeNull()
  })

  it('never breaks, whatever was sent', () => {
    fc.assert(fc.property(fc.json(), (text) => void [messagesIn(text), saidLast(text)]))
  })
})
