import { closeSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../testing.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeEach(async () => {
  app = await TestApp.start()
})
afterEach(() => app.stop())

const minute = (i: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + i * 60_000).toISOString()
const send = async (traces: object[], as?: string) => {
  await app.call('POST /v1/ingest/batch', { as, send: { traces } })
}
const search = (q: string, more = '', as?: string) =>
  app.call(`GET /v1/traces?q=${encodeURIComponent(q)}${more}`, { as })
const names = async (q: string, more = '', as?: string) =>
  (await search(q, more, as)).body.traces.map(({ name }: { name: string }) => name)
const follower = async () => {
  const { body } = await app.call('GET /ready', { as: '' })
  return body.followers.find((one: { name: string }) => one.name === 'search')
}

describe('GET /v1/traces?q=', () => {
  it('finds what was acknowledged a moment ago, by what the trace and its spans say', async () => {
    for (let i = 0; i < 20; i += 1) {
      await send([aTrace({ name: `trace ${i}`, spans: [{ name: 'a', output: `the word is w${i}q` }] })])
      expect(await names(`w${i}q`)).toEqual([`trace ${i}`])
    }
    expect(await names('"the word is"', '&limit=200')).toHaveLength(20)
    expect(await follower()).toEqual({ name: 'search', state: 'following', lag: 0, failures: 0, progress: 1 })
  })

  it('composes with filters, orders and cursors', async () => {
    const traces = Array.from({ length: 40 }, (_, i) =>
      aTrace({
        name: `n${i}`,
        started_at: minute(i),
        ended_at: minute(i),
        cost: (i * 7) % 40,
        input: i % 2 ? 'an odd refund' : 'an even refund',
        error: i % 4 === 0 ? 'boom' : null,
        session_id: `s${i % 3}`,
      }),
    )
    await send(traces)
    expect(await names('odd', '&limit=3')).toEqual(['n39', 'n37', 'n35'])
    expect(await names('refund', '&error=true&session_id=s1')).toEqual(['n40', 'n28', 'n16', 'n4'].slice(1))
    expect(await names('refund -odd', `&from=${minute(10)}&to=${minute(14)}&sort=started_at`)).toEqual([
      'n10',
      'n12',
      'n14',
    ])
    expect(await names('odd', '&sort=-cost&limit=2')).toEqual(['n17', 'n11'])
    const seen: string[] = []
    for (let cursor = '', more = true; more; ) {
      const { body } = await search('refund', `&limit=7${cursor && `&cursor=${cursor}`}`)
      seen.push(...body.traces.map(({ name }: { name: string }) => name))
      // What arrives meanwhile is newer than what was shown, and moves nothing.
      await send([aTrace({ name: 'late', started_at: minute(100), input: 'a late refund' })])
      more = body.has_more
      cursor = body.next_cursor ?? ''
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => `n${39 - i}`))
  })

  it('shows what was found, with the words marked', async () => {
    const long = 'lorem ipsum '.repeat(50)
    await send([
      aTrace({
        name: 'a',
        input: `${long}please REFUND the crème brûlée, said <b>she</b> ${long}`,
        started_at: minute(1),
      }),
      aTrace({
        name: 'b',
        spans: [{ name: 's', output: '[{"text":"line one\\nrefund two"}]' }],
        started_at: minute(0),
      }),
    ])
    const { body } = await search('refund creme OR two')
    const marked = body.traces.map(({ match }: { match: { parts: { text: string; hit: boolean }[] } }) =>
      match.parts.map(({ text, hit }) => (hit ? `[${text}]` : text)).join(''),
    )
    expect(marked[0]).toMatch(/^….{20,70}please \[REFUND\] the \[crème\] brûlée, said <b>she<\/b> lorem .*…$/)
    expect(marked[1]).toBe('[{"text":"line one [refund] [two]"}]')
    expect(body.traces.map(({ match }: { match: { field: string } }) => match.field)).toEqual(['input', 'output'])
    expect((await app.call('GET /v1/traces')).body.traces[0]).not.toHaveProperty('match')
  })

  it('finds nothing where there is nothing, or only what could not be kept', async () => {
    expect(await search('refund')).toMatchObject({ status: 200, body: { traces: [], has_more: false } })
    await app.call('POST /v1/ingest/batch', { send: { traces: [{ id: 7, spans: 'none' }] } })
    expect(await search('refund')).toMatchObject({ status: 200, body: { traces: [], has_more: false } })
  })

  it("shows nobody another tenant's traces", async () => {
    const other = await app.addKey(await app.tenant('Other'))
    await send([aTrace({ name: 'mine', input: 'secret' })])
    await send([aTrace({ name: 'theirs', input: 'secret' })], other)
    expect([await names('secret'), await names('secret', '', other)]).toEqual([['mine'], ['theirs']])
  })

  it.each([
    ['', /nothing to look for/],
    ['-refund', /add a word that is/],
    ['x'.repeat(10_000), /at most 1000 characters/],
  ])('refuses %j with a sentence', async (q, says) => {
    expect(await search(q)).toMatchObject({
      status: 400,
      body: { code: 'invalid_query', error: expect.stringMatching(says) },
    })
  })

  it('answers whatever is typed', async () => {
    await send([aTrace({ input: 'apple "banana" AND 東京' })])
    const piece = fc.oneof(
      fc.constantFrom(
        '"',
        '-',
        '*',
        ' OR ',
        ' NOT ',
        'NEAR(',
        ')',
        ':',
        '^',
        'name:',
        '{',
        '\\',
        "'",
        'apple',
        '京',
        '(?=',
        '[',
        '\u0000',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }).map((text) => text.toWellFormed()),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 12 }), async (parts) => {
        const { status } = await search(parts.join(''))
        expect([200, 400]).toContain(status)
      }),
      { numRuns: 150 },
    )
  })
})

describe('search.db', () => {
  const file = () => path.join(app.dir, 'search.db')
  const traces = Array.from({ length: 30 }, (_, i) =>
    aTrace({ name: `n${i}`, started_at: minute(i), input: 'a refund' }),
  )
  const all = traces.map(({ name }) => name).reverse()

  it.each([
    ['is gone', () => rmSync(file())],
    ['is no database', () => writeFileSync(file(), 'nonsense '.repeat(1_000))],
    ['is empty', () => writeFileSync(file(), '')],
    ['is damaged inside', () => damage(file())],
  ])('is built anew after a start where it %s', async (_, harm) => {
    await send(traces)
    await app.restart(harm)
    await eventually(async () => expect(await names('refund')).toEqual(all))
    expect(await follower()).toMatchObject({ state: 'following', lag: 0, progress: 1 })
  })

  it('is built anew while serving when it is deleted', async () => {
    await send(traces)
    expect(await names('refund')).toEqual(all)
    for (const end of ['', '-wal', '-shm']) rmSync(file() + end, { force: true })
    await eventually(async () => expect(await names('refund')).toEqual(all))
    expect(statSync(file()).size).toBeGreaterThan(0)
  })

  it('is built anew while serving when it is damaged', async () => {
    await send(traces)
    await app.restart()
    damage(file())
    await eventually(async () => expect(await names('refund')).toEqual(all))
  })

  it('that was made of other traces is not believed', async () => {
    await send(traces)
    expect(await names('refund')).toEqual(all)
    await app.restart(() => {
      for (const end of ['', '-wal', '-shm']) rmSync(path.join(app.dir, `telemetry.db${end}`), { force: true })
    })
    await send([aTrace({ name: 'new', input: 'no money' })])
    expect([await names('refund'), await names('money')]).toEqual([[], ['new']])
  })
})

/** Overwrites the middle of the file, not its head. */
function damage(file: string): void {
  const { size } = statSync(file)
  const open = openSync(file, 'r+')
  writeSync(open, Buffer.alloc(size - 8_192, 0xab), 0, size - 8_192, 8_192)
  closeSync(open)
}
