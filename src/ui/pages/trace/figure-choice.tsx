import { useUrl } from '../../lib/url.ts'
import { FIGURES, type Figure } from './bar-words.ts'

/** The figure beside the bars, as the address has it. */
export function useFigure(): Figure {
  const [search] = useUrl()
  return FIGURES.find(({ id }) => id === search.figure)?.id ?? 'time'
}

/** Over the end of the names, as the head of what stands at their right. */
export function FigureChoice({ figure }: { figure: Figure }) {
  const [, set] = useUrl()
  return (
    <div className="figure-choice">
      <div className="segments" role="group" aria-label="Beside the bars">
        {FIGURES.map(({ id, label }) => (
          <button
            key={id}
            type="button"
            aria-pressed={figure === id}
            onClick={() => set({ figure: id === 'time' ? undefined : id }, { replace: true })}
          >
            {label}
          </button>
        ))}
      </div>
    </div>
  )
}
