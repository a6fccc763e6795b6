import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Whole-system runs, and what else takes more than five seconds of two quiet cores. */
const SYSTEM = [
  'test/system/*.test.ts',
  'test/audit/exactly-once.test.ts',
  'test/cdk/{alarms,bundle,cfn-lint,flows,lake-retention,sam-local,synth}.test.ts',
  'test/cli/{cost,cost-inputs,fresh,infer-corpus,one-folder,start}.test.ts',
  'test/cli/{validate,validate-data,world,wrong-use}.test.ts',
  'test/closing/memory.test.ts',
  'test/contracts/{objects,vector-index-open-search}.test.ts',
  'test/erase/{local-cloud,pipeline}.test.ts',
  'test/features/schedules.test.ts',
  'test/graph/local-cloud.test.ts',
  'test/intake/{fuzz,hostile,memory,parquet-drops,sniff-sound,wide-lines}.test.ts',
  'test/reader/{links-parity,package,parity,search-flips,states-parity}.test.ts',
  'test/readme/commands.test.ts',
  'test/release/collect.test.ts',
  'test/search-index/{local-cloud,mirror-on-server,parts-on-cloud}.test.ts',
  'test/search-index/opensearch/real-server.test.ts',
  'test/train/{excluded,job-size,poisoned-hour}.test.ts',
  'test/trainer/{container,image,ranking}.test.ts',
]

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: SYSTEM },
      },
      { extends: true, test: { name: 'system', include: SYSTEM } },
    ],
    // The whole-system runs start processes of their own; two files at once fill two cores.
    maxWorkers: 2,
    // No test changes what its modules hold; loading the CDK and the SDK for every file costs minutes.
    isolate: false,
    globalSetup: ['test/temporary-files.ts'],
    setupFiles: ['test/seeded.ts'],
    // The commands that tests start load the same modules again and again: compiled once.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    testTimeout: 180_000,
    hookTimeout: 420_000,
  },
})
