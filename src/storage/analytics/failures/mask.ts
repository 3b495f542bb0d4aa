/**
 * One problem, one wording: what differs from one occurrence to the next (numbers, ids, times, paths, quoted values) is masked, and what
 * tells problems apart (the type of the error, an HTTP status, what a provider says in its JSON) is kept.
 */
export interface MaskedError {
  /** `RateLimitError`; null where the text names none. */
  type: string | null
  /** The wording, at most 300 characters. */
  message: string
}

const LONGEST = 300
/** What is looked at of a text: its beginning, and its end, where a traceback has the error. */
const BEGINNING = 3_000
const END = 1_500

export function maskError(text: string): MaskedError {
  const short = text.length > BEGINNING + END ? `${text.slice(0, BEGINNING)}\n${text.slice(-END)}` : text
  const { type, rest } = splitType(essentialLine(short).replace(/^panic: /, ''))
  const said = fromPayload(rest)
  return { type, message: mask(said).slice(0, LONGEST).trim() }
}

/** The line that says what happened: the last of a Python traceback (which has the oldest call first), else the first. */
function essentialLine(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (lines.some((line) => line.startsWith('Traceback (most recent call last)'))) {
    const named = lines.findLast((line) => TYPE.test(line) && !line.startsWith('File '))
    return named ?? lines.at(-1) ?? ''
  }
  const [first = '', second] = lines
  // Some print the count of faults first, and what they are below; some the type alone.
  if (/^\d+ validation errors? for /.test(first) && second) return `${first} ${lines.slice(1, 3).join(' ')}`
  return second && /^[\w.]+(?:Error|Exception):?$/.test(first) ? `${first.replace(/:$/, '')}: ${second}` : first
}

/** `module.path.SomeError: `, `Uncaught SomeError: `, `[SomeError]`, `SomeError [CODE]: ` and Go's and Java's kin, as often as they are nested. */
const TYPE =
  /^(?:Uncaught |Unhandled |Error: (?=[A-Z]\w*(?:Error|Exception)))?\[?((?:[\w$]+[./\\])*[A-Z][\w$]*?(?:Error|Exception|Timeout|Failure|Fault|Interrupt|Exceeded|Exhausted|Unavailable|Overflow|Warning|Refused|Reset))\]?(?: \[([A-Z][A-Z0-9_]+)\])?\s*(?::\s*|\(|$)/

function splitType(line: string): { type: string | null; rest: string } {
  let type: string | null = null
  let rest = line
  for (let depth = 0; depth < 4; depth += 1) {
    const found = TYPE.exec(rest)
    if (!found) break
    const name =
      (found[1] ?? '')
        .split(/[./\\]/)
        .at(-1)
        ?.replace(/^AI_/, '') ?? null
    // A general name says less than the particular one that it wraps.
    if (type === null || GENERAL.has(type)) type = name
    const after = rest.slice(found[0].length)
    rest = found[0].trimEnd().endsWith('(') ? after.replace(/\)\s*$/, '') : after
    if (found[2] && rest === '') rest = found[2]
  }
  return { type, rest: rest === '' ? (type ?? line) : rest }
}

const GENERAL = new Set([
  'Error',
  'Exception',
  'RuntimeError',
  'RuntimeException',
  'ExecutionException',
  'CompletionException',
])

/** What providers say in the JSON (or Python's print of it) that SDKs put into the text: its message and code, instead of all of it. */
function fromPayload(text: string): string {
  const at = text.search(/[[{]\s*["']/)
  if (at < 0) return text
  const payload = text.slice(at)
  const field = (name: string): string | null => {
    const found = new RegExp(`["']${name}["']\\s*:\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|'((?:[^'\\\\]|\\\\.)*)')`, 'i').exec(
      payload,
    )
    return found ? (found[1] ?? found[2] ?? null) : null
  }
  const message = field('message') ?? field('detail') ?? field('error_description') ?? field('error') ?? field('msg')
  if (message === null) return text
  const code = field('code') ?? field('type') ?? field('status') ?? field('reason')
  return `${text.slice(0, at)}${code === null ? '' : `${code}: `}${message.replaceAll(/\\(["'])/g, '$1')}`
}

/** In order: what is longer and more particular comes first. */
const MASKS: readonly [RegExp, string][] = [
  [/\b(?:https?|wss?|grpc|postgres(?:ql)?|redis|mongodb(?:\+srv)?|amqp|s3|file):\/\/[^\s"'<>)\]]+/gi, '<url>'],
  [/\b[\w.+-]+@[\w-]+\.[\w.-]+\b/g, '<email>'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g, '<time>'],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? \d{1,2} \w{3,9} \d{4} \d\d:\d\d:\d\d(?: \w+)?/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\bat 0x[0-9a-f]+\b|\b0x[0-9a-f]+\b/gi, '<id>'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b/g, '<host>'],
  [/\[[0-9a-f:]*:[0-9a-f:]+\](?::\d+)?/gi, '<host>'],
  [/\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|ai|dev|local|internal|cloud|app|svc|azure|aws)(?::\d+)?\b/gi, '<host>'],
  [/\blocalhost(?::\d+)?\b/g, '<host>'],
  [/\b(?:\d+d)?(?:\d+h)?(?:\d+m(?!s))\d+(?:\.\d+)?s\b/g, '<n>'],
  // Quoted values; an apostrophe inside a word opens none.
  [
    /"(?:[^"\\]|\\.){0,1000}"|`[^`]{0,1000}`|\u201c[^\u201d]{0,1000}\u201d|\u2018[^\u2019]{0,1000}\u2019|\u00ab[^\u00bb]{0,1000}\u00bb|\u300c[^\u300d]{0,1000}\u300d|\u300e[^\u300f]{0,1000}\u300f/g,
    '<text>',
  ],
  [/(?<!\w)`[^'`]{0,200}'/g, '<text>'],
  [/(?<![\w])'(?:[^'\\]|\\.){0,1000}?'(?!\w)/g, '<text>'],
  [/(?<![\w<])(?:[A-Za-z]:\\|\\\\)[^\s:;,)\]]+(?::\d+(?::\d+)?)?/g, '<path>'],
  [/(?<![\w<])(?:~|\.{1,2})?(?:\/[\w.@+-]+){2,}\/?(?::\d+(?::\d+)?)?/g, '<path>'],
  [
    /(?<![\w<])(?:[\w-]+\/)+[\w-]+\.(?:py|ts|js|mjs|tsx|go|rs|java|rb|json|ya?ml|csv|txt|pdf|md)\b(?::\d+(?::\d+)?)?/g,
    '<path>',
  ],
  // Whatever is called an id of what happened once.
  [/\b((?:request|trace|correlation|operation|invocation)[ _-]?id)["']?\s?[:=]\s?(?!<)[\w.=:+/-]*\w/gi, '$1: <id>'],
  [/\b(model:?) [\w.-]+\/[\w.-]*\w/gi, '$1 <text>'],
  // Ids that begin with what they are of: req_…, org-…, call_…, sk-…, arn:….
  [/\barn:[\w:/*.-]+/g, '<id>'],
  [
    /\b(?:req|request|org|proj|asst|thread|run|call|msg|toolu|chatcmpl|cmpl|resp|file|batch|ft|sk|pk|acct|cus|user|usr|sess|session|trace|span|job|task|conv|doc|chunk|node|pod|i|vpc|ord|order|tenant|cust)[-_](?=[\w-]*\d)[\w-]{3,}\b/gi,
    '<id>',
  ],
  [/\b[A-Z]{2,6}-\d+\b/g, '<id>'],
  // Long words of letters and digits, and long hexadecimal ones.
  [/\b(?=[a-z0-9_-]*\d[a-z0-9_-]*\d)(?=[a-z0-9_-]*[a-z])[a-z0-9]{16,}(?:[_-][a-z0-9]+)*\b/gi, '<id>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}\b/gi, '<id>'],
  [
    /\b(line|column|col|char|position|offset|row|index|attempt|step|page|shard|worker|thread|process|pid|port|byte) (?:#|no\. )?\d+\b/gi,
    '$1 <n>',
  ],
]

/** A status of HTTP, where it is said to be one or stands first, is what tells a 429 from a 500; and so is the number of an error in an Apple domain. */
const STATUS =
  /(?<kept>\b\w+Domain (?:error |Code=)-?\d+|^[1-5]\d\d(?=[\s:,-]|$)|\b(?:status(?: code)?|code|http(?:\/[\d.]+)?|error|response|returned|got|received|failed with)[:=\s(]+[1-5]\d\d\b)/
const NUMBER =
  /(?<![\w<.])[-+]?(?:\d{1,3}(?:[,_]\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?(?:\s?(?:%|ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?|days?|[KMGT]i?B|bytes?|[km])(?![\w]))?(?![\w])/
const NUMBERS = new RegExp(`${STATUS.source}|${NUMBER.source}`, 'gi')

function mask(text: string): string {
  let masked = text.replaceAll(/\s+/g, ' ')
  for (const [pattern, by] of MASKS) masked = masked.replaceAll(pattern, by)
  masked = masked.replaceAll(NUMBERS, (found, kept?: string) => kept ?? (found === '' ? '' : '<n>'))
  // Lists of the same, however long, are one; and so is what is said of one and of several.
  return masked
    .replaceAll(/(<(?:n|id|text|path|url|time)>)(?:(?:, | and |,|; |\s)\1)+/g, '$1')
    .replaceAll(/\b(token|message|error|second|attempt|request|character|field|item|byte|minute|tool)s\b/gi, '$1')
    .replaceAll(/\s+/g, ' ')
}
