import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../errors.ts'
import { parseQuery } from './query.ts'
import { finds, searcher } from './testing.ts'

describe('what people expect to find', () => {
  const cases: [text: string, found: string[], notFound: string[]][] = [
    [
      'The refund has been issued.',
      ['refund', 'REFUND', 'refund issued', '"has been issued"', 'ref*', 'issued refund'],
      ['refunds', 'fund', '"issued refund"', 'refunded*'],
    ],
    ['Crème brûlée à la carte, naïve façade', ['creme', 'CRÈME', 'brulee', 'naive', '"a la carte"'], ['cart']],
    [
      'model gpt-4o-mini-2024-07-18 answered',
      ['gpt-4o-mini', 'gpt', '4o', '"gpt-4o-mini"', 'gpt-4o*', 'GPT-4O'],
      ['gpt-4o-maxi', 'gpt-mini'],
    ],
    [
      'call getUserName() of HTTPServerError',
      [
        'getUserName',
        'getusername',
        'userName',
        'user',
        'user_name',
        'getUser*',
        'HTTPServerError',
        'ServerError',
        'server',
        '"call getUserName"',
        '"getUserName of"',
      ],
      ['usernam', 'getName'],
    ],
    [
      'user_profile.display_name = None',
      ['user_profile', 'display_name', 'user_profile.display_name', 'profile', 'displayName'],
      ['display_user'],
    ],
    [
      'id 550e8400-e29b-41d4-a716-446655440000 failed',
      [
        '550e8400-e29b-41d4-a716-446655440000',
        '550E8400-E29B-41D4-A716-446655440000',
        '550e8400',
        '550e*',
        '446655440000',
      ],
      ['550e8400-e29b-41d4-a716-446655440001'],
    ],
    [
      'ECONNREFUSED 127.0.0.1:5432 (errno 0x80070005, ERR_CONNECTION_RESET, E11000)',
      [
        'ECONNREFUSED',
        'econnrefused',
        '127.0.0.1',
        '127.0.0.1:5432',
        '0x80070005',
        'ERR_CONNECTION_RESET',
        'CONNECTION_RESET',
        'E11000',
      ],
      ['127.0.0.2', 'E1100'],
    ],
    [
      'openai.error.RateLimitError: 429 Too Many Requests',
      ['RateLimitError', 'openai.error.RateLimitError', 'rate_limit', '429', 'ratelimit*'],
      ['limitrate'],
    ],
    [
      '/v1/traces/{id}?limit=50 and https://example.com/a-b',
      ['/v1/traces', 'https://example.com/a-b', 'example.com', 'limit=50'],
      ['/v2/traces'],
    ],
    [
      '東京都に住んでいます。日本語の検索',
      ['東京', '京都', '東京都', '都', '住んで', '日本語', '検索', '日本語の検索'],
      ['京東', '東北', '英語'],
    ],
    ['我们使用机器学习模型进行搜索', ['机器学习', '学习', '模型', '搜索', '机器学习模型', '我'], ['学机', '深度']],
    ['ผมต้องการคืนเงินสำหรับคำสั่งซื้อนี้', ['คืนเงิน', 'เงิน', 'คำสั่งซื้อ', 'ต้องการ'], ['ส่งของ']],
    ['학교에서 검색 기능을 사용했습니다', ['학교', '학교에서', '검색', '사용', '기능을'], ['학생']],
    ['使用GPT模型 with ＡＰＩ keys ｶﾅ', ['GPT', 'GPT模型', '模型', 'api', 'カナ', '使用GPT'], ['模型GPT']],
    ['हिन्दी में खोज करें', ['हिन्दी', 'खोज', '"में खोज"'], ['हिन']],
    ['Поиск по тексту и Ελληνικά κείμενα', ['поиск', 'ТЕКСТУ', 'ελληνικα', 'κείμενα'], ['текст']],
    [
      JSON.stringify([{ role: 'user', content: 'first line\nsecond line\ttab "quoted" C:\\new\\test' }]),
      ['second', '"line second"', 'tab', 'quoted', 'C:\\new\\test'],
      ['nsecond', 'ttab', 'ew'],
    ],
    ['[{"content": "\\u4e2d\\u6587\\u641c\\u7d22 caf\\u00e9"}]', ['中文', '搜索', 'café', 'cafe'], ['u4e2d']],
    [
      JSON.stringify({ arguments: JSON.stringify({ text: 'deep\nnested' }) }),
      ['nested', 'deep', 'arguments'],
      ['nnested'],
    ],
    ['C:\\new\\table', ['C:\\new\\table', 'new', 'table'], ['ew']],
    [
      `image data:image/png;base64,${'iVBORw0KGgo'.repeat(100)} end`,
      ['image', 'end', '"base64 end"'],
      ['iVBORw0KGgo*'],
    ],
  ]
  it.each(cases)('in %j', (text, found, notFound) => {
    expect(found.filter((query) => !finds(text, query))).toEqual([])
    expect(notFound.filter((query) => finds(text, query))).toEqual([])
  })
})

describe('the language', () => {
  const search = searcher(['apple banana', 'banana cherry', 'cherry apple', 'apple pie', 'or and not'])
  const cases: [query: string, expected: number[]][] = [
    ['apple', [0, 2, 3]],
    ['apple banana', [0]],
    ['apple AND banana', [0]],
    ['apple -banana', [2, 3]],
    ['apple NOT banana', [2, 3]],
    ['apple -banana -pie', [2]],
    ['banana OR pie', [0, 1, 3]],
    ['apple banana OR pie', [0, 3]],
    ['banana OR pie apple', [0, 3]],
    ['"apple pie"', [3]],
    ['"apple pie', [3]],
    ['-"apple pie" apple', [0, 2]],
    ['app* -ban*', [2, 3]],
    ['input:apple', [0, 2, 3]],
    ['INPUT:"apple pie"', [3]],
    ['output:apple', []],
    ['apple -output:apple', [0, 2, 3]],
    ['name:apple OR input:pie', [3]],
    ['colour:apple', []],
    ['"or and not"', [4]],
    ['or and', [4]],
    ['OR apple OR', [0, 2, 3]],
    ['apple OR OR pie', [0, 2, 3]],
    ['--pie', [3]],
    ['apple - banana', [0]],
    ['(apple) + {pie} & ^ : ~ \\ |', [3]],
    ['apple* *', [0, 2, 3]],
  ]
  it.each(cases)('%s', (query, expected) => {
    expect(search(query)).toEqual(expected)
  })

  const wrong: [query: string, says: RegExp][] = [
    ['', /nothing to look for/],
    ['   ', /nothing to look for/],
    ['"', /nothing to look for/],
    ['OR', /nothing to look for/],
    ['*', /nothing to look for/],
    ['- "" !?', /nothing to look for/],
    ['-apple', /add a word that is/],
    ['a*', /at least 2 characters before the \*/],
    ['apple OR -pie', /cannot be joined by OR/],
    ['x'.repeat(10_000), /at most 1000 characters/],
    [Array.from({ length: 51 }, (_, i) => `w${i}`).join(' '), /at most 50/],
  ]
  it.each(wrong)('refuses %j with a sentence', (query, says) => {
    expect(() => parseQuery(query)).toThrow(AppError)
    expect(() => parseQuery(query)).toThrow(says)
  })

  it('means something, or is refused, whatever is typed', () => {
    const mean = fc.array(
      fc.oneof(
        fc.constantFrom(
          '"',
          '-',
          '*',
          'OR',
          'AND',
          'NOT',
          'NEAR(',
          ')',
          '(',
          ':',
          '^',
          '+',
          'name:',
          'error:',
          '{',
          ' ',
          '\\',
          "'",
          '\u0000',
          '\ue000',
          '都',
          'ต้',
          'apple',
          'getName',
          '\ud800',
        ),
        fc.string({ unit: 'binary', maxLength: 5 }),
      ),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(mean, (parts) => {
        const query = parts.join('')
        try {
          search(query)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it('finds any text by any row of its words, as a phrase', () => {
    const word = fc.oneof(
      fc.constantFrom('東京都', '机器学习', 'ค้นหา', 'getUserName', 'snake_case', 'GPT模型', 'a.b.c', 'été', 'x', '都'),
      fc.string({ unit: fc.constantFrom('a', 'B', 'é', '1', '中', '文', '_', '-'), minLength: 1, maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), fc.nat(), fc.nat(), (words, a, b) => {
        const from = a % words.length
        const phrase = words.slice(from, from + 1 + (b % (words.length - from))).join(' ')
        if (!/[\p{L}\p{N}]/u.test(phrase)) return
        expect(searcher([words.join(' ')])(`"${phrase}"`)).toEqual([0])
      }),
      { numRuns: 300 },
    )
  })
})
