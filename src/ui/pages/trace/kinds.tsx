import { Bot, Boxes, Brain, Circle, FileSearch, type LucideIcon, ShieldCheck, Workflow, Wrench } from 'lucide-react'

export type Kind = 'llm' | 'tool' | 'retrieval' | 'agent' | 'chain' | 'embedding' | 'guardrail' | 'other'

const KINDS: Record<Kind, { icon: LucideIcon; label: string }> = {
  llm: { icon: Brain, label: 'LLM call' },
  tool: { icon: Wrench, label: 'Tool' },
  retrieval: { icon: FileSearch, label: 'Retrieval' },
  agent: { icon: Bot, label: 'Agent' },
  chain: { icon: Workflow, label: 'Chain' },
  embedding: { icon: Boxes, label: 'Embedding' },
  guardrail: { icon: ShieldCheck, label: 'Guardrail' },
  other: { icon: Circle, label: 'Step' },
}

const FINER: Record<string, Kind> = {
  agent: 'agent',
  chain: 'chain',
  workflow: 'chain',
  task: 'chain',
  embedding: 'embedding',
  reranker: 'retrieval',
  guardrail: 'guardrail',
}

/** What a span is, as far as colours and icons tell them apart. */
export function kindOf({ type, kind }: { type: string; kind: string | null }): Kind {
  const finer = FINER[(kind ?? '').toLowerCase()] ?? FINER[type.toLowerCase()]
  if (finer) return finer
  return type === 'llm' || type === 'tool' || type === 'retrieval' ? type : 'other'
}

export const kindLabel = (kind: Kind): string => KINDS[kind].label

export function KindIcon({ kind, size = 14 }: { kind: Kind; size?: number }) {
  const Icon = KINDS[kind].icon
  return <Icon size={size} className="kind-icon" data-kind={kind} aria-hidden="true" />
}
