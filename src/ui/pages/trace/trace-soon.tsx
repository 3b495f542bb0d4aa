import { Skeleton } from '../../components/states.tsx'

/** Where a row of the sketch begins, and how long its bar is, in per cent of the lane. */
const ROWS = [
  [0, 0, 96],
  [1, 2, 30],
  [1, 33, 8],
  [1, 42, 22],
  [2, 44, 12],
  [1, 65, 6],
  [1, 72, 24],
] as const

/** In the shape of a trace, so that nothing jumps when it comes. */
export const TraceSoon = () => (
  <>
    <div className="trace-head" aria-hidden="true">
      <FiguresSoon count={8} />
    </div>
    <div className="trace-body" aria-hidden="true">
      <div className="waterfall trace-soon">
        <div className="waterfall-tools" />
        <div className="overview" />
        <div className="trace-soon-ruler" />
        {ROWS.map(([depth, left, width]) => (
          <div key={left} className="trace-soon-row">
            <span style={{ marginLeft: depth * 14 }} />
            <span style={{ marginLeft: `${left}%`, width: `${width}%` }} />
          </div>
        ))}
      </div>
      <div className="span-panel">
        <div className="span-head trace-soon-title" />
        <div className="span-body">
          <Skeleton lines={9} />
        </div>
      </div>
    </div>
  </>
)

/** So many names with their values. */
export const FiguresSoon = ({ count, className = '' }: { count: number; className?: string }) => (
  <div className={`figures-soon ${className}`}>
    {Array.from({ length: count }, (_, i) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the sketches are all the same
      <div key={i} className="figure-soon" />
    ))}
  </div>
)
