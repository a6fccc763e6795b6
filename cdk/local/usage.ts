import type { RowUse, StageUsage } from '../../functions/contract/summary.ts'
import type { UsageSink } from './ports.ts'

export interface Usage extends UsageSink {
  /** Adds the rows of a table that a request of the stage wrote or read. */
  rows(stage: string, table: string, use: RowUse): void
  /** By stage, in order of name. */
  stages(): Record<string, StageUsage>
}

const MIB = 2 ** 20

/** Sums the usage of each stage. */
export function createUsage(): Usage {
  const stages = new Map<string, StageUsage>()
  const usageOf = (stage: string): StageUsage => {
    const found = stages.get(stage)
    if (found) return found
    const none = () => ({ requests: 0, bytesIn: 0, bytesOut: 0 })
    const fresh = {
      invocations: 0,
      failures: 0,
      seconds: 0,
      peakMemoryMiB: 0,
      s3: none(),
      dynamodb: { ...none(), tables: {} },
    }
    stages.set(stage, fresh)
    return fresh
  }
  return {
    invocation(stage, seconds, failed) {
      const usage = usageOf(stage)
      usage.invocations++
      usage.seconds += seconds
      if (failed) usage.failures++
    },
    memory(stage, residentBytes) {
      const usage = usageOf(stage)
      usage.peakMemoryMiB = Math.max(usage.peakMemoryMiB, residentBytes / MIB)
    },
    request(stage, service, bytesIn, bytesOut) {
      if (service !== 's3' && service !== 'dynamodb') return
      const counts = usageOf(stage)[service]
      counts.requests++
      counts.bytesIn += bytesIn
      counts.bytesOut += bytesOut
    },
    rows(stage, table, use) {
      const { tables } = usageOf(stage).dynamodb
      tables[table] ??= { rowsWritten: 0, rowsRead: 0, writeUnits: 0, readUnits: 0 }
      const sums = tables[table]
      for (const name of Object.keys(sums) as (keyof RowUse)[]) sums[name] += use[name]
    },
    stages: () => Object.fromEntries([...stages].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}
