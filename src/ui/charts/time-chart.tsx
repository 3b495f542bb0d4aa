import { useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import { clockTime, dayName, exactTime } from '../lib/format.ts'
import { paintBand, usualAt } from './band.ts'
import { colourOf, useColourKey } from './colours.ts'
import { type Dot, Dots, type Placed } from './dots.tsx'
import { axisWords, FORMATS, stepsOf, type Unit } from './units.ts'
import type { UsualHour } from './usual.ts'

export interface Line {
  name: string
  values: readonly (number | null)[]
  /** A colour token: `--series-1`. */
  colour: string
  kind?: 'line' | 'bar' | 'thin' | 'previous'
  /** Fills down to the line before it: a band. */
  fillsTo?: number
}

interface TimeChartProps {
  label: string
  /** Milliseconds at which the buckets begin. */
  times: readonly number[]
  /** How long a bucket is; for the bars and for what a click asks for. */
  bucketMs: number
  lines: readonly Line[]
  unit: Unit
  height?: number
  /** Charts of one name share the cursor. */
  sync?: string
  legend?: boolean
  axes?: boolean
  /** What is usual, behind the lines. */
  usual?: readonly UsualHour[]
  dots?: readonly Dot[]
  onZoom?: (from: number, to: number) => void
  onOpen?: (from: number, to: number) => void
  onCursor?: (index: number | null) => void
}

const FONT = '12px "Inter Variable", sans-serif'
const DRAG_PX = 4
/** Between five ticks there are four gaps, and a part of one at each end. */
const MOST_GAPS = 4.9

/** Something over time. Drag zooms, a click asks for what is behind a point, the legend isolates. */
export function TimeChart(props: TimeChartProps) {
  const { label, times, lines, unit, height = 180, legend = true, usual = NONE, dots = NONE } = props
  const format = FORMATS[unit]
  const place = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  latest.current = props
  const colours = useColourKey()
  const [at, setAt] = useState<number | null>(null)
  const [alone, setAlone] = useState<string | null>(null)
  const [placed, setPlaced] = useState<readonly Placed[]>(NONE)
  const shown = useMemo(
    () =>
      alone !== null && lines.some(({ name }) => name === alone) ? lines.filter(({ name }) => name === alone) : lines,
    [lines, alone],
  )
  const data = useMemo(
    (): uPlot.AlignedData => [times.map((ms) => ms / 1_000), ...shown.map(({ values }) => [...values])],
    [times, shown],
  )
  const shape = shown.map(({ name, kind, colour }) => `${name} ${kind} ${colour}`).join()
  const drawn = useRef<uPlot | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chart is made anew when its shape or the theme changes; data comes below
  useEffect(() => {
    const element = place.current
    if (!element) return
    const chart = new uPlot(optionsOf(element, shown, latest, { setAt, setPlaced }, height), data, element)
    drawn.current = chart
    const watcher = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }))
    watcher.observe(element)
    const unclick = onPress(chart, latest)
    return () => {
      unclick()
      watcher.disconnect()
      chart.destroy()
      drawn.current = null
    }
  }, [shape, colours, height])
  useEffect(() => drawn.current?.setData(data), [data])
  // biome-ignore lint/correctness/useExhaustiveDependencies: painted anew with what the chart finds in `latest`
  useEffect(() => drawn.current?.setData(drawn.current.data), [usual, dots])

  const summary = lines.map(({ name, values }) => `${name} ${format(lastOf(values) ?? 0)}`).join(', ')
  return (
    <figure className="chart" aria-label={`${label}. Newest: ${summary}`}>
      {legend && (
        <figcaption className="legend">
          {lines.map((line) => (
            <button
              key={line.name}
              type="button"
              aria-pressed={alone === line.name}
              data-away={alone !== null && alone !== line.name}
              title="Show this one alone"
              onClick={() => setAlone(alone === line.name ? null : line.name)}
            >
              <span className="swatch" data-kind={line.kind ?? 'line'} style={{ color: `var(${line.colour})` }} />
              {line.name}
              <span className="legend-value number">{at === null ? '' : said(line.values[at], format)}</span>
            </button>
          ))}
          {usual.length > 0 && <Usual hour={at === null ? undefined : usualAt(usual, times[at])} format={format} />}
          <span className="legend-time number">
            {at !== null && times[at] !== undefined ? exactTime(new Date(times[at])).replace(/:\d\d\.\d+.*$/, '') : ''}
          </span>
        </figcaption>
      )}
      <div ref={place} className="chart-place" style={{ height }} />
      {placed.length > 0 && (
        <div className="chart-dots" style={{ height }}>
          <Dots dots={placed} />
        </div>
      )}
    </figure>
  )
}

const NONE: readonly never[] = []

/** What the faint surface is, and how it was at the cursor. */
const Usual = ({ hour, format }: { hour: UsualHour | undefined; format: (value: number) => string }) => (
  <span className="legend-usual">
    <span className="swatch" data-kind="bar" />
    Usual
    {hour && (
      <span className="legend-value number">
        {format(hour.expected)}, {format(hour.low)} to {format(hour.high)}
      </span>
    )}
  </span>
)

const said = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? '–' : format(value)
const lastOf = (values: readonly (number | null)[]): number | null => values.findLast((value) => value !== null) ?? null

type Latest = { readonly current: TimeChartProps }

function optionsOf(
  element: HTMLElement,
  lines: readonly Line[],
  latest: Latest,
  { setAt, setPlaced }: { setAt: (at: number | null) => void; setPlaced: (placed: readonly Placed[]) => void },
  height: number,
): uPlot.Options {
  const { axes = true, sync } = latest.current
  return {
    width: Math.max(80, element.clientWidth),
    height,
    padding: axes ? [8, 8, 0, 0] : [2, 0, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false, dist: DRAG_PX },
      points: { show: axes },
      y: false,
      ...(sync ? { sync: { key: sync } } : {}),
    },
    scales: {
      x: { range: (_, min, max) => [min, max + latest.current.bucketMs / 1_000] },
      y: {
        range: (_, _min, max) => {
          const most = Math.max(max, ...(latest.current.dots ?? NONE).map(({ value }) => value))
          return [0, most > 0 ? most * 1.05 : 1]
        },
      },
    },
    series: [{}, ...lines.map(seriesOf)],
    bands: lines.flatMap(({ fillsTo, colour }, i) =>
      fillsTo === undefined
        ? []
        : [{ series: [i + 1, fillsTo + 1] as [number, number], fill: faint(colourOf(colour), 0.16) }],
    ),
    axes: axes ? [timeAxis(), valueAxis(latest)] : [{ show: false }, { show: false }],
    hooks: {
      drawClear: [(chart) => paintBand(chart, latest.current.usual ?? NONE, shiftOf(latest))],
      draw: [(chart) => setPlaced(placedIn(chart, latest.current.dots ?? NONE, shiftOf(latest)))],
      setCursor: [
        ({ cursor: { idx } }) => {
          setAt(idx ?? null)
          latest.current.onCursor?.(idx ?? null)
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select
          if (width < DRAG_PX) return
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          latest.current.onZoom?.(chart.posToVal(left, 'x') * 1_000, chart.posToVal(left + width, 'x') * 1_000)
        },
      ],
    },
  }
}

/** A bar fills its bucket, a point of a line stands where it begins. */
const shiftOf = ({ current: { lines, bucketMs } }: Latest): number => (lines[0]?.kind === 'bar' ? bucketMs / 2 : 0)

/** Those dots that are within the chart. */
function placedIn(chart: uPlot, dots: readonly Dot[], shift: number): readonly Placed[] {
  if (dots.length === 0) return NONE
  const { offsetLeft, offsetTop, clientWidth } = chart.over
  return dots.flatMap((dot) => {
    const left = chart.valToPos((dot.at + shift) / 1_000, 'x')
    const top = chart.valToPos(dot.value, 'y')
    return left < 0 || left > clientWidth ? [] : [{ ...dot, left: left + offsetLeft, top: top + offsetTop }]
  })
}

function seriesOf({ colour, kind = 'line' }: Line): uPlot.Series {
  const stroke = colourOf(colour)
  if (kind === 'bar') {
    const bars = uPlot.paths.bars?.({ size: [0.8, 40], align: 1, gap: 1, radius: 0.08 })
    return { fill: stroke, width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) }
  }
  return {
    stroke,
    width: kind === 'thin' || kind === 'previous' ? 1 : 1.5,
    spanGaps: false,
    points: { show: false },
    ...(kind === 'previous' ? { dash: [4, 4] } : {}),
  }
}

/** With less of it, whatever notation the browser answers. */
const faint = (colour: string, alpha: number): string => `color-mix(in oklch, ${colour} ${alpha * 100}%, transparent)`

function timeAxis(): uPlot.Axis {
  return {
    stroke: colourOf('--text-quiet'),
    font: FONT,
    size: 26,
    gap: 6,
    space: (_chart, _axis, _from, _to, length) => Math.max(84, length / MOST_GAPS),
    grid: { show: false },
    ticks: { stroke: colourOf('--border'), size: 4 },
    values: (_, splits, _axis, _space, step) =>
      splits.map((s) =>
        step >= 86_400
          ? dayName(new Date(s * 1_000))
          : midnight(s)
            ? dayName(new Date(s * 1_000))
            : clockTime(new Date(s * 1_000)),
      ),
  }
}

const midnight = (seconds: number): boolean => {
  const time = new Date(seconds * 1_000)
  return time.getHours() === 0 && time.getMinutes() === 0
}

function valueAxis(latest: Latest): uPlot.Axis {
  const incrs = stepsOf(latest.current.unit)
  return {
    stroke: colourOf('--text-quiet'),
    font: FONT,
    size: 52,
    gap: 6,
    space: 40,
    ...(incrs ? { incrs } : {}),
    grid: { stroke: colourOf('--border'), width: 1 },
    ticks: { show: false },
    values: (_, splits) => axisWords(latest.current.unit, splits),
  }
}

/** A press without a drag asks for what is behind the bucket under it. */
function onPress(chart: uPlot, latest: Latest): () => void {
  let began = 0
  const down = ({ clientX }: MouseEvent) => {
    began = clientX
  }
  const up = ({ clientX }: MouseEvent) => {
    const { times, bucketMs, onOpen } = latest.current
    const from = chart.cursor.idx == null ? undefined : times[chart.cursor.idx]
    if (Math.abs(clientX - began) < DRAG_PX && from !== undefined) onOpen?.(from, from + bucketMs - 1)
  }
  chart.over.addEventListener('mousedown', down)
  chart.over.addEventListener('mouseup', up)
  return () => {
    chart.over.removeEventListener('mousedown', down)
    chart.over.removeEventListener('mouseup', up)
  }
}
