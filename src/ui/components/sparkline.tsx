/** A history in the height of a row. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(1, ...values)
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${values.length * 3} 16`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {values.map((value, i) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: the bars are known by their place
          key={i}
          x={i * 3}
          y={16 - (value / most) * 15}
          width="2"
          height={value > 0 ? Math.max(1, (value / most) * 15) : 0}
        />
      ))}
    </svg>
  )
}
