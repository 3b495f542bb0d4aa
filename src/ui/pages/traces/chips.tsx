import { X } from 'lucide-react'
import type { Chip } from './filters.ts'

/** What narrows a list now, each with how to be rid of it. */
export const Chips = ({ chips, drop }: { chips: readonly Chip[]; drop: (chip: Chip) => void }) => (
  <>
    {chips.map((chip) => (
      <span key={chip.names.join()} className="chip" data-bad={chip.bad === true}>
        <span className="chip-label">{chip.label}</span>
        <span className="chip-value" title={chip.value}>
          {chip.value}
        </span>
        <button type="button" aria-label={`Remove the filter ${chip.label} ${chip.value}`} onClick={() => drop(chip)}>
          <X size={12} aria-hidden="true" />
        </button>
      </span>
    ))}
  </>
)
