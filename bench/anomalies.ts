import { explains, replayDemo } from '../src/api/testing/anomalies.ts'
import { rfc3339 } from '../src/clock.ts'
import { verdict } from './figures.ts'

/** Prints what was planted in two weeks of demo traffic, and what the detector finds in them: `-- <seeds> <traces a day>`. */
const [seeds = 5, tracesPerDay = 2_000] = process.argv.slice(2).map(Number)
const began = performance.now()
let [hits, misses, alarms] = [0, 0, 0]
for (let seed = 1; seed <= seeds; seed += 1) {
  const options = { seed, tracesPerDay }
  const { planted, found } = await replayDemo(options)
  console.log(`\nTwo weeks, seed ${options.seed}, ${options.tracesPerDay} traces a day`)
  for (const incident of planted) {
    console.log(`  planted ${incident.kind.padEnd(17)} ${rfc3339(incident.from)} to ${rfc3339(incident.to)}`)
    for (const { bucket_at, severity, description } of found.filter((one) => explains(incident, one)))
      console.log(`    found ${rfc3339(bucket_at)} ${severity.padEnd(8)} ${description}`)
  }
  const others = found.filter((one) => !planted.some((incident) => explains(incident, one)))
  for (const { bucket_at, type, description } of others)
    console.log(`  not planted: ${type} ${rfc3339(bucket_at)} ${description}`)
  const missed = planted.filter((incident) => !found.some((one) => explains(incident, one)))
  console.log(`  ${planted.length - missed.length} of ${planted.length} found, ${others.length} others in two weeks`)
  hits += planted.length - missed.length
  misses += missed.length
  alarms += others.length
}
const perWeek = alarms / (2 * seeds)
console.log(
  `\n${seeds} seeds in ${((performance.now() - began) / 1000).toFixed(0)} s: ${hits} of ${hits + misses} found; ${perWeek.toFixed(1)} false alarms a week, at most 1: ${verdict(misses === 0 && perWeek <= 1)}`,
)
