import { expect, it } from 'vitest'
import { drawable } from './document.ts'

const cases: [string, unknown, unknown][] = [
  ['drops the type of an array of anything', { type: ['string', 'array'], description: 'd' }, { description: 'd' }],
  [
    'keeps the type of an array of something',
    { type: ['array', 'null'], items: {} },
    { type: ['array', 'null'], items: {} },
  ],
  [
    'keeps a property called type',
    { properties: { type: { type: 'array' } } },
    { properties: { type: { type: 'array' } } },
  ],
  [
    'shows this or null as this',
    { anyOf: [{ type: 'number' }, { type: 'null' }], description: 'd' },
    { type: 'number', description: 'd' },
  ],
  ['goes through nested choices', { anyOf: [{ anyOf: [{ $ref: '#/a' }] }, { type: 'null' }] }, { $ref: '#/a' }],
  [
    'keeps a real choice',
    { anyOf: [{ type: 'number' }, { type: 'string' }] },
    { anyOf: [{ type: 'number' }, { type: 'string' }] },
  ],
  [
    'drops the pattern of a format',
    [{ format: 'uuid', pattern: '^…$' }, { pattern: '^a$' }],
    [{ format: 'uuid' }, { pattern: '^a$' }],
  ],
]

it.each(cases)('%s', (_, document, expected) => expect(drawable(document)).toEqual(expected))
