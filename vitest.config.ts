import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

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

const inSystem = (name: string): string => `test/system/${name}.test.ts`
/** What takes half a minute or more. A file that begins last is waited for with one core idle. */
const DEAREST = [
  ...['exactly-once', 'real-logs', 'fault-seeds', 'system', 'parity', 'any-log', 'canary'].map(
    inSystem,
  ),
  ...['up-clients', 'poison', 'operations', 'training-image', 'upgrade', 'up-page'].map(inSystem),
  ...['test/cli/start.test.ts', 'test/cli/one-folder.test.ts', 'test/train/poisoned-hour.test.ts'],
  ...['test/intake/memory.test.ts', 'test/intake/wide-lines.test.ts'],
]

/** Without durations of an earlier run, vitest begins with the longest text. */
class DearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isDear = ({ moduleId }: TestSpecification): boolean =>
      DEAREST.some((path) => moduleId.endsWith(path))
    return [...sorted.filter(isDear), ...sorted.filter((file) => !isDear(file))]
  }
}

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
    sequence: { sequencer: DearestFirst },
    testTimeout: 180_000,
    hookTimeout: 420_000,
  },
})
