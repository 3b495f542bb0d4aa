import { expect, it } from 'vitest'
import { z } from 'zod'
import { whatIsWrong } from './sentence.ts'

it.each([
  [z.string(), undefined, 'is missing'],
  [z.string(), 7, 'must be a string, not a number'],
  [z.coerce.number(), 'x', 'must be a number'],
  [z.number().int(), 1.5, 'must be a whole number'],
  [z.array(z.string()), {}, 'must be a list, not an object'],
  [z.object({}), [], 'must be an object, not a list'],
  [z.object({}), null, 'must be an object, not null'],
  [z.enum(['latency', 'cost']), 'nope', 'must be one of latency, cost'],
  [z.literal('on'), 'off', 'must be on'],
  [z.guid(), 'x', 'must be a UUID'],
  [z.iso.datetime(), 'yesterday', 'must be an RFC 3339 time such as 2026-05-01T08:00:00.000Z'],
  [z.string().min(1), '', 'must have at least 1 character'],
  [z.string().max(3), 'four', 'must have at most 3 characters'],
  [z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 entry'],
  [z.number().min(1), 0, 'must be at least 1'],
  [z.number().lt(1), 1, 'must be less than 1'],
  [z.string().refine(() => false, 'must be something else'), 'x', 'must be something else'],
])('says of case %#: %j what is wrong', (schema, value, said) => {
  expect(schema.safeParse(value).error?.issues.map(whatIsWrong)).toEqual([said])
})
