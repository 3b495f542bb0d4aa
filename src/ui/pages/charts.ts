// One file of scripts for pages that lie close to each other: what only some of them share would be a file, and a request, for each set that does.
export { MetricsPage } from './metrics/metrics.tsx'
export { Volume } from './traces/volume.tsx'
