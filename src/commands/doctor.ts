import { command, jsonOption, print } from './command.ts'
import { examine } from './examine.ts'
import type { Finding } from './finding.ts'

const MARKS: Record<Finding['state'], string> = { ok: '✓', warning: '!', problem: '✗' }

export const doctor = command({
  name: 'doctor',
  summary: 'Examine configuration, permissions, disk, clock, files and followers',
  options: { json: jsonOption },
  details: `Each line says what was found and, where something is wrong, what to do. Changes nothing, and works while the appliance runs. Reads the true files
through, which takes some seconds for each gigabyte. Exit code 1 if there is a problem; a warning is none.`,
  run: async ({ values }) => {
    const findings: Finding[] = []
    const tell = (finding: Finding): void => {
      findings.push(finding)
      if (!values.json) print(false, null, line(finding))
    }
    await examine(process.env, process.cwd(), tell)
    if (values.json) print(true, findings, '')
    return findings.some(({ state }) => state === 'problem') ? 1 : 0
  },
})

const line = ({ state, subject, found, advice }: Finding): string =>
  `${MARKS[state]} ${subject.padEnd(16)} ${found}${advice ? `\n  ${' '.repeat(16)} → ${advice}` : ''}`
