import { common } from './common.ts'
import type { Family } from './family.ts'
import { genai } from './genai.ts'
import { openInference } from './openinference.ts'

/**
 * The families, first come first served field by field (`readSpan`). The order is from the particular to the general:
 *
 * 1. what an application sets by hand for its observability platform,
 * 2. what an SDK's own instrumentation says about its own calls, in its own names,
 * 3. OpenTelemetry's GenAI conventions, which many of those emit beside their own, often with less in it,
 * 4. OpenTelemetry's common names (session, user, environment).
 *
 * A new family is a file and a line here. `claims` keeps the ones that a span does not speak out of its way.
 */
export const FAMILIES: readonly Family[] = [openInference, genai, common]
