import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import type { Log } from '../../functions/core/log.ts'
import { loadAges, measureAges } from '../../functions/registry/ages.ts'
import { measureDecisions } from '../../functions/registry/measured-decisions.ts'
import { loadLineage, openRegistry } from '../../functions/registry/registry.ts'
import { DAY0_MS } from '../make/events.ts'
import { currentRow, makeVersion } from '../make/lineage.ts'
import { memoryTable } from '../make/memory-table.ts'

const nowMs = DAY0_MS + 3 * DAY_MS + 2 * HOUR_MS
const run = { planKey: 'manifests/feed/runs/hourly-2.json', nowMs }
const [first, second] = [makeVersion(1), makeVersion(2)]
const lease = (untilMs: number, owner = 'manifests/feed/runs/hourly-1.json') =>
  currentRow({ lease: { owner, untilMs } })

describe('The age of a scene', () => {
  test('Ages count from the data end of accepted and served versions', () => {
    const refused = makeVersion(3, { status: 'refused' })
    const hourly = makeVersion(2.5, { tier: 'hourly' })
    const found = measureAges([second, first, refused, hourly], currentRow(), run)
    expect(found.acceptedAge).toEqual({ daily: 26 * 3600, hourly: 14 * 3600 })
    // The first release serves the version of the first day.
    expect(found.servedAge).toBe(50 * 3600)
  })

  test('A scene without accepted or released versions has no age', () => {
    const none = measureAges([makeVersion(1, { status: 'started' })], null, run)
    expect(none).toEqual({ acceptedAge: {}, servedAge: null, leaseOverdue: 0, leaseHeld: 0 })
  })

  test('Ages separate a valid lease from an overdue one, except their own', () => {
    const held = measureAges([], lease(nowMs + 10 * MINUTE_MS), run)
    expect(held).toMatchObject({ leaseHeld: 600, leaseOverdue: 0 })
    const overdue = measureAges([], lease(nowMs - 5 * MINUTE_MS), run)
    expect(overdue).toMatchObject({ leaseHeld: 0, leaseOverdue: 300 })
    const own = measureAges([], lease(nowMs + 10 * MINUTE_MS, run.planKey), run)
    expect(own).toMatchObject({ leaseHeld: 0, leaseOverdue: 0 })
  })

  test('Ages include a served increment older than the loaded chains', async () => {
    const registry = openRegistry(memoryTable(), 'feed')
    const old = makeVersion(-10, { tier: 'hourly' })
    await registry.register(old)
    await registry.register(second)
    await registry.change(currentRow({ version: old.version }), null)
    const { servedAge, acceptedAge } = await loadAges(
      registry,
      await loadLineage(registry, run.nowMs),
      await registry.current(),
      run,
    )
    expect(servedAge).toBe((13 * 24 + 2) * 3600)
    expect(acceptedAge).toEqual({ daily: 26 * 3600, hourly: servedAge })
  })
})

describe('A measured decision', () => {
  test('A decision is written, then counted by kind with gate and version', async () => {
    const measured: unknown[][] = []
    const silent = (): void => undefined
    const log: Log = {
      info: silent,
      warn: silent,
      error: silent,
      follow: silent,
      measure: (...call) => void measured.push(call),
    }
    const table = memoryTable()
    const registry = measureDecisions(openRegistry(table, 'feed'), 'feed', log)
    const decision = {
      timeMs: nowMs,
      tier: 'daily',
      version: first.version,
      from: 1,
      to: 1,
      reason: 'worse',
    }
    await registry.decide({ ...decision, kind: 'refusal', evidence: { gate: 'regression' } }, 'one')
    await registry.decide({ ...decision, kind: 'hold', evidence: {} }, 'two')
    await registry.decide({ ...decision, kind: 'flip', evidence: {} }, 'three')
    expect(measured).toEqual([
      [
        'decided: refusal',
        { scene: 'feed' },
        { Refusals: 1 },
        { tier: 'daily', version: first.version, reason: 'worse', gate: 'regression' },
      ],
      [
        'decided: flip',
        { scene: 'feed' },
        { Flips: 1 },
        { tier: 'daily', version: first.version, reason: 'worse', gate: null },
      ],
      [
        'released',
        { scene: 'feed', tier: 'daily' },
        { ReleaseFreshness: 50 * 3600 },
        { version: first.version },
      ],
    ])
    expect(await registry.hasDecision(nowMs, 'one')).toBe(true)
    expect(await registry.hasDecision(nowMs, 'two')).toBe(true)
  })
})
