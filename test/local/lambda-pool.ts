import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import { createClock } from '../../cdk/local/clock.ts'
import type { LostDelivery } from '../../cdk/local/event-bus/delivery.ts'
import {
  createFunctionPool,
  type FunctionPoolOptions,
} from '../../cdk/local/lambda/function-pool.ts'
import type { FunctionDeclaration } from '../../cdk/local/ports.ts'

export const FIXTURES = join(import.meta.dirname, 'fixtures', 'lambda')

export const START_MS = Date.UTC(2026, 0, 5)

export const declare = (over: Partial<FunctionDeclaration> = {}): FunctionDeclaration => ({
  name: 'Probe',
  stage: 'probe',
  directory: join(FIXTURES, 'probe'),
  handler: 'index.handler',
  environment: { LAKE_BUCKET: 'lake' },
  timeoutSeconds: 5,
  memoryMiB: 512,
  concurrency: null,
  role: 'ProbeRole',
  ...over,
})

export const folder = mkdtempSync(join(tmpdir(), 'functions-'))

export const open: { close(): Promise<void> }[] = []

export function openPool(
  declarations: FunctionDeclaration[] = [declare()],
  over: Partial<FunctionPoolOptions> = {},
) {
  const activity = createActivity()
  const clock = createClock(START_MS, activity)
  const used: { stage: string; seconds: number; failed: boolean; residentBytes: number }[] = []
  const lost: LostDelivery[] = []
  const pool = createFunctionPool({
    declarations,
    endpointUrl: 'http://127.0.0.1:9',
    clock,
    activity,
    usage: {
      invocation: (stage, seconds, failed) =>
        used.push({ stage, seconds, failed, residentBytes: 0 }),
      memory: (_stage, residentBytes) => {
        used.at(-1)!.residentBytes = residentBytes
      },
      request: () => {},
    },
    logDirectory: join(folder, 'logs'),
    temporaryDirectory: join(folder, 'tmp'),
    credentials: (name) => ({
      accessKeyId: `KEY${name}`,
      secretAccessKey: 'secret',
      sessionToken: 'token',
    }),
    onLost: (each) => lost.push(each),
    ...over,
  })
  open.push(pool)
  return { pool, activity, clock, used, lost }
}

export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export function closePoolsAfterEach(): void {
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close()
  })
}
