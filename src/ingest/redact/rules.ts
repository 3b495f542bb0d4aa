import { RE2JS } from 're2js'
import { DETECTORS, type Detector, FINDERS, type Finder } from './detectors.ts'

/** What shall be masked: built-in detectors, and patterns of one's own in RE2's syntax, which takes linear time whatever it is. */
export interface RedactionRules {
  detectors: readonly Detector[]
  patterns: readonly { name: string; pattern: string }[]
}

/** A rule made ready: its name, as it stands in the mask and in the counts. */
export interface Rule {
  name: string
  replace: Finder
}

/** Both together: rules can be added for a project, never taken away from it. */
export const unite = (a: RedactionRules, b: RedactionRules): RedactionRules => ({
  detectors: [...new Set([...a.detectors, ...b.detectors])],
  patterns: [...a.patterns, ...b.patterns],
})

/** Patterns of one's own come first; then the detectors in their order, in which no one masks a part of what a later one finds. */
export function rulesOf({ detectors, patterns }: RedactionRules): Rule[] {
  return [
    ...patterns.map(({ name, pattern }) => ({ name, replace: finderOf(RE2JS.compile(pattern)) })),
    ...DETECTORS.filter((name) => detectors.includes(name)).map((name) => ({ name, replace: FINDERS[name] })),
  ]
}

/** Why the pattern cannot be used, or null. */
export function patternFault(pattern: string): string | null {
  try {
    return RE2JS.compile(pattern).test('') ? 'it matches the empty text' : null
  } catch (error) {
    return (error as Error).message
  }
}

/**
 * To ask whether there is a match is ten times as fast as to find it, so most texts cost that alone, and the others are searched a
 * little at a time.
 */
const finderOf =
  (pattern: RE2JS): Finder =>
  (text, mask) => {
    if (!pattern.test(text)) return text
    const matcher = pattern.matcher(text)
    let out = ''
    let done = 0
    while (matcher.find()) {
      if (matcher.end() === matcher.start()) continue
      out += text.slice(done, matcher.start()) + mask(text.slice(matcher.start(), matcher.end()))
      done = matcher.end()
    }
    return out + text.slice(done)
  }
