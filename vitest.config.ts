import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
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
