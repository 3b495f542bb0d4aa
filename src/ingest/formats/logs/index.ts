import { claudeCodeLogs } from './claude-code.ts'
import { geminiCliLogs } from './gemini-cli.ts'
import { genaiLogs } from './genai.ts'
import type { LogReader } from './reader.ts'

/** Whose log events are understood. The first that claims an event reads it; Gemini CLI's own come before those of the conventions. */
export const LOG_READERS: readonly LogReader[] = [claudeCodeLogs, geminiCliLogs, genaiLogs]
