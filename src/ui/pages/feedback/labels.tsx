import { Mark } from '../../components/states.tsx'

/** The usual verdicts; a label of the sender's own is shown as it is. */
export const LABELS = [
  { value: 'good', label: 'Good' },
  { value: 'bad', label: 'Bad' },
  { value: 'neutral', label: 'Neutral' },
] as const

const KINDS: Record<string, 'ok' | 'warn' | 'off'> = { good: 'ok', bad: 'warn', neutral: 'off' }

export const LabelMark = ({ label }: { label: string }) => (
  <Mark kind={KINDS[label.toLowerCase()] ?? 'info'}>{label}</Mark>
)
