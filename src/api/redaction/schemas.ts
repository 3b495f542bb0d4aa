import { z } from 'zod'
import { DETECTORS } from '../../ingest/redact/detectors.ts'
import { patternFault } from '../../ingest/redact/rules.ts'

const pattern = z
  .object({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must begin with a letter and hold lower-case letters, digits and _')
      .meta({ description: 'Stands in the mask: `[redacted:name]`.' }),
    pattern: z
      .string()
      .min(1)
      .max(1_000)
      .superRefine((text, context) => {
        const fault = patternFault(text)
        if (fault !== null) context.addIssue({ code: 'custom', message: `cannot be used: ${fault}` })
      })
      .meta({ description: "In RE2's syntax, which takes linear time: without look-around and back-references." }),
  })
  .meta({ id: 'RedactionPattern' })

/** What is masked before it is stored. */
export const redactionRules = z
  .object({
    detectors: z.array(z.enum(DETECTORS)).default([]),
    patterns: z.array(pattern).max(20).default([]),
  })
  .meta({ id: 'RedactionRules' })
