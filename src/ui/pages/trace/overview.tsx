import { type PointerEvent, useEffect, useRef } from 'react'
import { colourOf, useColourKey } from '../../charts/colours.ts'
import type { Axis, Tree, View } from './tree.ts'

const HEIGHT = 36

interface OverviewProps {
  tree: Tree
  axis: Axis
  view: View
  onView: (view: View) => void
}

/** The whole trace in a strip. Dragging over it shows that stretch alone; a click shows all again. */
export function Overview({ tree, axis, view, onView }: OverviewProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const colours = useColourKey()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the colours that are read from the page
  useEffect(() => {
    const element = canvas.current
    if (!element) return
    const draw = () => drawAll(element, tree, axis)
    const watcher = new ResizeObserver(draw)
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [tree, axis, colours])

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    const strip = event.currentTarget
    const box = strip.getBoundingClientRect()
    const placeOf = (x: number) => Math.min(1, Math.max(0, (x - box.left) / box.width))
    const began = placeOf(event.clientX)
    const onMove = ({ clientX }: globalThis.PointerEvent) => {
      const now = placeOf(clientX)
      if (Math.abs(now - began) > 0.003) onView({ from: Math.min(began, now), to: Math.max(began, now) })
    }
    const onEnd = ({ clientX }: globalThis.PointerEvent) => {
      strip.removeEventListener('pointermove', onMove)
      if (Math.abs(placeOf(clientX) - began) <= 0.003) onView({ from: 0, to: 1 })
    }
    strip.setPointerCapture(event.pointerId)
    strip.addEventListener('pointermove', onMove)
    strip.addEventListener('pointerup', onEnd, { once: true })
  }
  const whole = view.from <= 0 && view.to >= 1
  return (
    <div className="overview" title="Drag to zoom, click to see all" onPointerDown={onPointerDown}>
      <canvas ref={canvas} height={HEIGHT} />
      {!whole && (
        <>
          <span className="overview-veil" style={{ left: 0, width: `${view.from * 100}%` }} />
          <span className="overview-veil" style={{ left: `${view.to * 100}%`, right: 0 }} />
        </>
      )}
    </div>
  )
}

/** A line for each span, the depth from top to bottom; what failed is drawn last, so that it shows. */
function drawAll(canvas: HTMLCanvasElement, tree: Tree, axis: Axis): void {
  const width = canvas.clientWidth
  const ratio = window.devicePixelRatio || 1
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(HEIGHT * ratio)
  const context = canvas.getContext('2d')
  if (!context) return
  context.scale(ratio, ratio)
  const deepest = Math.max(1, tree.depth.reduce((a, b) => Math.max(a, b), 0) + 1)
  const step = Math.min(5, (HEIGHT - 8) / deepest)
  const draw = (i: number, fill: string) => {
    const left = axis.place(tree.start[i] ?? 0) * width
    const right = axis.place(tree.end[i] ?? 0) * width
    context.fillStyle = fill
    context.fillRect(left, 4 + (tree.depth[i] ?? 0) * step, Math.max(1, right - left), Math.max(1, step - 1))
  }
  const kinds = new Map([...new Set(tree.kind)].map((kind) => [kind, colourOf(`--kind-${kind}`)]))
  for (const i of tree.order) draw(i, kinds.get(tree.kind[i] ?? 'other') ?? 'grey')
  const bad = colourOf('--bar-bad')
  for (const i of tree.errors) draw(i, bad)
}
