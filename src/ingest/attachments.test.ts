import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Attachments } from './attachments.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const ID = '6c1b4a2e'
const WAV = Buffer.concat([Buffer.from('RIFF1234WAVEfmt '), Buffer.alloc(80, 7)]).toString('base64')

function take(value: unknown) {
  const attachments = new Attachments()
  const text = attachments.text(JSON.stringify(value))
  return { value: JSON.parse(text), found: [...attachments.found.values()] }
}
const reference = (media_type: string, base64: string) => ({
  ...{ type: 'attachment', id: expect.stringMatching(/^[0-9a-f]{64}$/), media_type },
  bytes: Buffer.from(base64, 'base64').length,
})
const image = reference('image/png', PNG)
const sound = reference('audio/wav', WAV)
const url = `data:image/png;base64,${PNG}`

describe('parts of messages', () => {
  it.each<[string, unknown, unknown]>([
    ['OpenAI chat', { type: 'image_url', image_url: { url, detail: 'low' } }, { ...image, detail: 'low' }],
    ['OpenAI responses', { type: 'input_image', image_url: url }, image],
    ['OpenAI audio', { type: 'input_audio', input_audio: { data: WAV, format: 'wav' } }, sound],
    [
      'OpenAI audio answered',
      { audio: { id: 'audio_1', data: WAV, transcript: 'hi' } },
      { audio: { id: 'audio_1', data: sound, transcript: 'hi' } },
    ],
    [
      'OpenAI image made',
      { data: [{ b64_json: PNG, revised_prompt: 'x' }] },
      { data: [{ ...image, revised_prompt: 'x' }] },
    ],
    ['OpenAI file', { type: 'file', file: { filename: 'a.png', file_data: url } }, { ...image, filename: 'a.png' }],
    ['Anthropic', { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }, image],
    [
      'Anthropic, cached',
      {
        type: 'image',
        source: { type: 'base64', media_type: 'image/png', data: PNG },
        cache_control: { type: 'ephemeral' },
      },
      { ...image, cache_control: { type: 'ephemeral' } },
    ],
    ['Gemini', { inlineData: { mimeType: 'image/png', data: PNG } }, image],
    ['Gemini in Python', { inline_data: { mime_type: 'image/png', data: PNG } }, image],
    [
      'OpenTelemetry',
      { type: 'blob', mime_type: 'image/png', modality: 'image', content: PNG },
      { ...image, modality: 'image' },
    ],
    ['OpenInference', { type: 'image', image: { url } }, image],
    ['Vercel', { type: 'file', mediaType: 'image/png', data: PNG }, image],
    ['LangChain', { type: 'image', base64: PNG, mime_type: 'image/png' }, image],
    ['Genkit', { media: { url, contentType: 'image/png' } }, { ...image, contentType: 'image/png' }],
    [
      'JSON in JSON',
      { content: JSON.stringify([{ type: 'image_url', image_url: { url } }]) },
      { content: expect.stringContaining('"attachment"') },
    ],
  ])('%s', (_, part, expected) => {
    const { value, found } = take([{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, part] }])
    expect(value).toEqual([{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, expected] }])
    expect(found).toHaveLength(1)
    expect([PNG, WAV]).toContain(found[0]?.bytes.toString('base64'))
  })

  it('keeps one picture that is shown twice once', () => {
    const { value, found } = take([{ image: url }, { image: url }])
    expect(found.map(({ id }) => id)).toEqual([value[0].id])
    expect(value[1].id).toBe(value[0].id)
    expect(ID).toHaveLength(8)
  })
})

describe('what is left alone', () => {
  it.each<[string, unknown]>([
    ['a link', { type: 'image_url', image_url: { url: 'https://example.org/a.png' } }],
    ['base64 that would not be written the same again', { image: `data:image/png;base64,${PNG.replace('==', '=a')}` }],
    ['base64 of no known kind', { data: Buffer.alloc(90, 1).toString('base64') }],
    ['a digest', { content: 'a'.repeat(64), type: 'text' }],
    ['a key', { token: `eyJ${'A'.repeat(120)}` }],
  ])('%s', (_, value) => {
    const text = JSON.stringify(value)
    const attachments = new Attachments()
    expect(attachments.text(text)).toBe(text)
    expect(attachments.found.size).toBe(0)
  })

  it('text that is not JSON, and what is nested too deep', () => {
    for (const text of [`look: ${url}`, `${'['.repeat(5000)}"${url}"${']'.repeat(5000)}`, `{"a": ${url}`]) {
      expect(new Attachments().text(text)).toBe(text)
    }
    expect(new Attachments().text(null)).toBeNull()
  })

  it('everything else, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.base64String({ minLength: 64 }), (value, base64) => {
        const text = JSON.stringify({ value, base64url: base64 })
        expect(new Attachments().text(text)).toBe(text)
      }),
    )
  })
})
