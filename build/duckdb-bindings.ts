import { nativeAddon } from '../src/parts.ts'

/** What the package `@duckdb/node-bindings` is in the single executable: the same add-on, from inside of it. */
export default nativeAddon('duckdb.node')
