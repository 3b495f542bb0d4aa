import { adk } from './adk.ts'
import { claudeCode } from './claude-code.ts'
import { common } from './common.ts'
import { crewAi } from './crewai.ts'
import type { Family } from './family.ts'
import { geminiCli } from './gemini-cli.ts'
import { genai } from './genai.ts'
import { genkit } from './genkit.ts'
import { haystack } from './haystack.ts'
import { langfuse } from './langfuse.ts'
import { langSmith } from './langsmith.ts'
import { liteLlm } from './litellm.ts'
import { liveKit } from './livekit.ts'
import { logfire } from './logfire.ts'
import { mlflow } from './mlflow.ts'
import { openInference } from './openinference.ts'
import { traceloop } from './traceloop.ts'
import { vercel } from './vercel.ts'

/**
 * The families, first come first served field by field (`readSpan`). The order is from the particular to the general:
 *
 * 1. what an application sets by hand for its observability platform,
 * 2. what an SDK's own instrumentation says about its own calls, in its own names; CrewAI's before Traceloop's, which instruments it,
 * 3. OpenTelemetry's GenAI conventions, which many of those emit beside their own, often with less in it,
 * 4. OpenTelemetry's common names (session, user, environment).
 *
 * A new family is a file and a line here. `claims` keeps the ones that a span does not speak out of its way.
 */
export const FAMILIES: readonly Family[] = [
  ...[langfuse, langSmith, mlflow],
  ...[
    openInference,
    vercel,
    crewAi,
    traceloop,
    logfire,
    liteLlm,
    haystack,
    liveKit,
    adk,
    genkit,
    claudeCode,
    geminiCli,
  ],
  genai,
  common,
]
