import type uPlot from 'uplot'
import { colourOf } from './colours.ts'
import { HOUR_MS, type UsualHour } from './usual.ts'

/**
 * Paints what was usual behind the lines: a faint surface, and a faint line where it was expected. Hours that nobody knows are gaps. `shift`: where in
 * its bucket a value stands, in milliseconds.
 */
export function paintBand(chart: uPlot, hours: readonly UsualHour[], shift: number): void {
  if (hours.length === 0) return
  const { ctx, bbox } = chart
  const x = ({ from }: UsualHour) => chart.valToPos((from + shift) / 1_000, 'x', true)
  const y = (value: number) => chart.valToPos(value, 'y', true)
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.fillStyle = colourOf('--usual')
  ctx.strokeStyle = colourOf('--usual-line')
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([])
  for (const run of runsOf(hours)) {
    ctx.beginPath()
    for (const hour of run) ctx.lineTo(x(hour), y(hour.high))
    for (const hour of run.toReversed()) ctx.lineTo(x(hour), y(hour.low))
    ctx.fill()
    ctx.beginPath()
    for (const hour of run) ctx.lineTo(x(hour), y(hour.expected))
    ctx.stroke()
  }
  ctx.restore()
}

/** Hours that follow each other. */
function runsOf(hours: readonly UsualHour[]): UsualHour[][] {
  const runs: UsualHour[][] = []
  for (const hour of hours) {
    const last = runs.at(-1)
    if (last?.at(-1)?.from === hour.from - HOUR_MS) last.push(hour)
    else runs.push([hour])
  }
  return runs
}

/** What was usual at a time. */
export const usualAt = (hours: readonly UsualHour[], ms: number | undefined): UsualHour | undefined =>
  ms === undefined ? undefined : hours.find(({ from }) => from <= ms && ms < from + HOUR_MS)
