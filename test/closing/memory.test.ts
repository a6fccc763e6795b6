import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ClosingTask, closingTasks } from '../../functions/closing/cut.ts'
import { cleanEventsKey } from '../../functions/contract/keys.ts'
import { EVENT_COLUMNS } from '../../functions/contract/rows.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'

const FILES = 8
const ROWS_PER_FILE = 20_000
const SHARDS = 8
/** Of V8's heap: an eighth of the hour, and a sixth of its ids at a time, fit in; the whole does not. */
const HEAP_MIB = 88
const LIMITS = { heldBytes: 1e9, idsPerPass: 30_000, crowdEvents: 20_000 }

const folder = mkdtempSync(join(tmpdir(), 'hour-'))
const name = { scene: 'feed', hourMs: DAY0_MS, arrivalMs: DAY0_MS + HOUR_MS, drop: 'a'.repeat(32) }
const cleanKeys = Array.from({ length: FILES }, (_, part) => cleanEventsKey({ ...name, part }))

beforeAll(() => {
  const id = (text: string): string => sha256Hex(text).slice(0, 32)
  for (const [part, key] of cleanKeys.entries()) {
    const rows = Array.from({ length: ROWS_PER_FILE }, (_, row) => {
      const n = part * ROWS_PER_FILE + row
      return makeImpression({
        event: id(`event ${n}`),
        timeMs: DAY0_MS + n,
        user: id(`user ${n % 24_000}`),
        item: `item-${n % 5000}`,
        request: id(`request ${n >> 3}`),
        context: `{"device":"phone","page":"page-${n % 100}"}`,
        row,
      })
    })
    writeFileSync(join(folder, encodeURIComponent(key)), writeParquet(EVENT_COLUMNS, rows))
  }
}, 420_000)

const hour = {
  ...{ hourMs: DAY0_MS, lane: 'first' as const, accepted: FILES * ROWS_PER_FILE },
  ...{ cleanKeys, earlierKeys: [] },
}
const whole = { scene: 'feed', closedThroughMs: DAY0_MS + HOUR_MS, piece: 0, hours: [hour] }
function close(task: ClosingTask) {
  const script = join(import.meta.dirname, 'fixtures', 'close-task.ts')
  const heap = [`--max-old-space-size=${HEAP_MIB}`, '--max-semi-space-size=4']
  const { status, stdout } = spawnSync(
    process.execPath,
    [...heap, script, folder, JSON.stringify({ task, limits: LIMITS })],
    { encoding: 'utf8', timeout: 400_000 },
  )
  return { status, ...(status === 0 && JSON.parse(stdout)) }
}

describe('A shard of an hour', () => {
  test('A shard closes in memory too small for the whole hour', () => {
    const [shard] = closingTasks([{ ...whole, shards: SHARDS }])
    const { status, accepted, kept, peakMiB } = close(shard!)
    expect(status).toBe(0)
    expect(kept).toBe(accepted)
    expect(Math.abs(accepted / hour.accepted - 1 / SHARDS)).toBeLessThan(0.01)
    expect(peakMiB).toBeLessThan(320)
    expect(close(whole).status).not.toBe(0)
  }, 420_000)
})
