import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chipsOf, cleared, fieldTyped, filterQuery, suggest } from './filters.ts'
import { milliseconds, money, quantity } from './measures.ts'

const seen = new Map([
  [
    'model',
    new Map([
      ['gpt-4o', 31],
      ['claude-sonnet', 2],
    ]),
  ],
  ['tag.team', new Map([['care', 4]])],
])
const patches = (typed: string) => suggest(typed, { seen }).map(({ patch }) => patch)

describe('what is typed', () => {
  it.each([
    ['model is gpt', { model: 'gpt' }],
    ['latency > 2 s', { latency_min: '2000' }],
    ['latency<300ms', { latency_max: '300' }],
    ['tokens >= 10k', { token_count_min: '10000' }],
    ['status is err', { error: 'true' }],
    ['error is ok', { error: 'false' }],
    ['failure is time', { failure_type: 'timeout' }],
    ['metadata.tier is pro', { 'metadata.tier': 'pro' }],
    ['tag.team = care', { tag_key: 'tag.team'.slice(4), tag_value: 'care' }],
    ['session: s-1', { session_id: 's-1' }],
    ['user is ada', { user_id: 'ada' }],
    ['env = staging', { environment: 'staging' }],
    ['tag is beta', { tag: 'beta' }],
    ['text has boots', { q: 'text has boots' }],
    ['refund', { q: 'refund' }],
    ['cost > $0.05', { cost_min: '0.05' }],
    ['cost < 5 ct', { cost_max: '0.05' }],
  ])('%s', (typed, patch) => expect(patches(typed)[0]).toEqual(patch))

  it('brings up values that were seen, by field or wherever', () => {
    expect(suggest('model is ', { seen }).map(({ label }) => label)).toEqual([
      'model is gpt-4o',
      'model is claude-sonnet',
    ])
    expect(patches('claude')).toContainEqual({ model: 'claude-sonnet' })
    expect(suggest('team', { seen })).toContainEqual(expect.objectContaining({ text: 'tag.team is ' }))
  })

  it('says how often a value is there: in the rows that are loaded, or in all of the range where that is known', () => {
    const counted = new Map([['model', new Map([['gpt-4o', 1_234]])]])
    const hints = (typed: string, more: object) => suggest(typed, { seen, ...more }).map(({ hint }) => hint)
    expect(hints('model is ', {})).toEqual(['31 traces here', '2 traces here'])
    expect(hints('model is ', { counted })).toEqual(['1,234 calls'])
    expect(hints('tag.team is ', { counted })).toEqual(['4 traces here'])
  })

  it('keeps the case of a key', () => {
    expect(patches('metadata.userTier is Pro')).toEqual([{ 'metadata.userTier': 'Pro' }])
    expect(fieldTyped('TAG.Team is ')).toBe('tag.Team')
    expect(fieldTyped('Session = x')).toBe('session_id')
    expect(fieldTyped('refund')).toBeNull()
  })

  it('finds a project by its name', () => {
    const projects = [
      { id: 'p1', name: 'Checkout' },
      { id: 'p2', name: 'Support' },
    ]
    expect(suggest('project is supp', { seen, projects }).map(({ patch }) => patch)).toEqual([{ project: 'p2' }])
    expect(suggest('project is none', { seen, projects })[0]?.label).toContain('No project')
  })

  it('is answered by what was meant where it cannot be understood', () => {
    expect(suggest('latency > soon', { seen })[0]).toMatchObject({ hint: expect.stringContaining('300 ms') })
    expect(suggest('colour is red', { seen })[0]?.label).toContain('no field “colour”')
    expect(patches('latency > soon')).toEqual([undefined])
  })

  it('never breaks, whatever it is', () => {
    fc.assert(fc.property(fc.string(), (typed) => Array.isArray(suggest(typed, { seen }))))
  })
})

describe('numbers', () => {
  it.each([
    ['2 s', 2_000],
    ['300', 300],
    ['1.5 min', 90_000],
    ['1,000ms', 1_000],
    ['soon', null],
    ['', null],
  ])('%s of time', (text, ms) => expect(milliseconds(text)).toBe(ms))
  it.each([
    ['10k', 10_000],
    ['2,500', 2_500],
    ['1.5M', 1_500_000],
    ['many', null],
  ])('%s of things', (text, n) => expect(quantity(text)).toBe(n))
  it.each([
    ['$0.05', 0.05],
    ['1,200.5', 1_200.5],
    ['5 ct', 0.05],
    ['2 $', 2],
    ['dear', null],
    ['', null],
  ])('%s of money', (text, n) => expect(money(text)).toBe(n))
})

it('every filter of an address is a chip, and clearing takes all of them away and nothing else', () => {
  const search = {
    ...{
      error: 'true',
      model: 'gpt-4o',
      latency_min: '2000',
      latency_max: '9000',
      cost_min: '0.05',
      tag_key: 'team',
      tag_value: 'care',
    },
    ...{ user_id: 'ada', environment: 'staging', tag: 'beta' },
    ...{ 'metadata.tier': 'pro', q: 'boots', project: 'p', range: '7d', peek: 'x' },
  }
  expect(
    chipsOf(search)
      .flatMap(({ names }) => names)
      .sort(),
  ).toEqual(Object.keys(filterQuery(search)).sort())
  expect(Object.keys({ ...search, ...cleared(search) }).length).toBe(Object.keys(search).length)
  expect(filterQuery({ ...search, ...cleared(search) })).toEqual({})
})
