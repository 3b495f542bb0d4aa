import { explains, replayDemo } from '../src/api/testing/anomalies.ts'
import { rfc3339 } from '../src/clock.ts'

/** Prints what was planted in two weeks of demo traffic, and what the detector finds in them. */
for (const options of [
  { seed: 1, tracesPerDay: 2_000 },
  { seed: 2, tracesPerDay: 2_000 },
]) {
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
}
