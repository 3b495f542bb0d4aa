import type { z } from 'zod'

/** What is wrong with a value, as the end of a sentence that begins with its name: zod's own words are a programmer's. */
export function whatIsWrong(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const received = / received (.+)$/.exec(issue.message)?.[1] ?? null
      if (received === 'undefined') return 'is missing'
      const not = received === null || received === 'NaN' || issue.expected === 'int' ? '' : `, not ${named(received)}`
      return `must be ${issue.expected === 'int' ? 'a whole number' : named(issue.expected)}${not}`
    }
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`
    case 'invalid_format':
      return NAMED_FORMATS.has(issue.format) ? `must be ${NAMED_FORMATS.get(issue.format)}` : issue.message
    case 'too_small':
      return `must ${size(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`
    case 'too_big':
      return `must ${size(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`
    default:
      return issue.message
  }
}

const NAMED_FORMATS = new Map<string, string>([
  ['guid', 'a UUID'],
  ['uuid', 'a UUID'],
  ['datetime', 'an RFC 3339 time such as 2026-05-01T08:00:00.000Z'],
  ['email', 'an e-mail address'],
  ['url', 'a URL'],
])

function named(type: string): string {
  if (type === 'array') return 'a list'
  if (type === 'object' || type === 'record' || type === 'map') return 'an object'
  return type === 'null' ? 'null' : type === 'int' ? 'a whole number' : `a ${type}`
}

function size(origin: string, bound: string, of: number | bigint): string {
  if (origin === 'string') return `have ${bound} ${of} character${of === 1 ? '' : 's'}`
  if (origin === 'array' || origin === 'set') return `have ${bound} ${of} ${of === 1 ? 'entry' : 'entries'}`
  return `be ${bound} ${of}`
}
