import { defineConfig } from 'vitest/config'

const APPLIANCE = 'src/appliance/**/*.test.ts'
/** What measures the memory of its process, or puts something else in the place of a module. */
const ALONE = ['src/storage/telemetry/held', 'src/storage/analytics/zones-held', 'src/storage/backup/archive'].map(
  (name) => `${name}.test.ts`,
)
const common = {
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000 } },
} as const

/** The appliance tests drive the executable; all others begin with the bundle. */
export default defineConfig({
  test: {
    // Most tests wait for threads and processes of their own about half of the time.
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...common,
          name: 'sources',
          include: ['src/**/*.test.ts', 'build/**/*.test.ts', 'fixtures/*.test.ts'],
          exclude: [APPLIANCE, ...ALONE],
          // To load the program anew for each file took a fifth of the time.
          isolate: false,
          globalSetup: ['build/before-tests.ts'],
        },
      },
      {
        test: {
          ...common,
          name: 'alone',
          include: ALONE,
          globalSetup: ['build/before-tests.ts'],
        },
      },
      {
        test: {
          ...common,
          name: 'executable',
          include: [APPLIANCE],
          globalSetup: ['build/before-executable-tests.ts'],
        },
      },
    ],
  },
})
