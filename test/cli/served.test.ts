import { describe, expect, test } from 'vitest'
import { openLanding } from '../../cdk/cli/served/landing.ts'
import { type SlateService, withServedCells } from '../../cdk/cli/served/served-cells.ts'
import { type LoggedSlate, slatesIn } from '../../cdk/cli/served/slates.ts'
import { WORLD_DEFAULTS } from '../../cdk/cli/world/options.ts'
import { createWorld, type Drop } from '../../cdk/cli/world/world.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { openAttribute, VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import { createPseudonyms } from '../../functions/intake/identity.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const pseudonymize = createPseudonyms('secret', 'feed')
const dropAt = (arrivalMs: number, kind: Drop['kind'] = 'events'): Drop => ({
  ...{ arrivalMs, kind, name: `${arrivalMs}.jsonl`, body: Buffer.from(''), metadata: {} },
  records: 0,
})
const slateAt = (timeMs: number): LoggedSlate => ({
  ...{ user: 'u', timeMs, context: undefined, items: [{ item: 'i1' }] },
})

describe('The slates of a drop', () => {
  test('Slates are read from packed drops, each item once, of wanted users', async () => {
    const world = createWorld({ ...WORLD_DEFAULTS, days: 1, users: 100, cheats: 0 })
    const scene = makeScene()
    let seen = 0
    for (const drop of world.drops()) {
      if (drop.kind !== 'events') continue
      const all = await slatesIn(drop, scene, pseudonymize, () => true)
      const some = await slatesIn(drop, scene, pseudonymize, (user) => user < '8')
      expect(some).toEqual(all.filter(({ user }) => user < '8'))
      expect(all.map(({ timeMs }) => timeMs)).toEqual(
        all.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b),
      )
      for (const { user, items, context } of all) {
        expect(user).toMatch(/^[0-9a-f]{32}$/)
        expect(context).toHaveProperty('device')
        const places = items.map(({ item, position }) => `${position} ${item}`)
        expect(new Set(places).size).toBe(items.length)
      }
      seen += all.length
    }
    expect(seen).toBeGreaterThan(50)
  })

  test('A drop in an unknown format has no slates', async () => {
    const drop = { ...dropAt(DAY0_MS), metadata: { 'quartermaster-format': 'none' } }
    expect(await slatesIn(drop, makeScene(), pseudonymize, () => true)).toEqual([])
  })
})

describe('A service beside a replay', () => {
  /** Drops and scored slates in the order in which they happened. */
  async function play(drops: Drop[], slates: Map<Drop, LoggedSlate[]>): Promise<string[]> {
    const happened: string[] = []
    let nowMs = DAY0_MS
    let lines: string[] = []
    const clock = {
      now: () => nowMs,
      advanceTo: async (timeMs: number) => {
        expect(timeMs).toBeGreaterThanOrEqual(nowMs)
        nowMs = timeMs
      },
    }
    const service: SlateService = {
      slatesIn: async (drop) => slates.get(drop) ?? [],
      itemOf: () => null,
      score: async ({ timeMs }) => {
        expect(nowMs).toBe(timeMs)
        happened.push(`score ${(timeMs - DAY0_MS) / MINUTE_MS}`)
        lines.push('{}')
      },
      takeLines: () => {
        const taken = lines
        lines = []
        return taken
      },
    }
    for await (const drop of withServedCells(drops, clock, service)) {
      await clock.advanceTo(drop.arrivalMs)
      const what = drop.kind === 'served' ? `${drop.records} served` : drop.kind
      happened.push(`${what} ${(drop.arrivalMs - DAY0_MS) / MINUTE_MS}`)
    }
    return happened
  }

  test('A slate is scored before the drop that logs it lands', async () => {
    const first = dropAt(DAY0_MS + 62 * MINUTE_MS)
    const second = dropAt(DAY0_MS + 122 * MINUTE_MS)
    const slates = new Map([
      [first, [slateAt(DAY0_MS - 1), slateAt(DAY0_MS + 10 * MINUTE_MS)]],
      [second, [10, 70, 90, 122].map((minute) => slateAt(DAY0_MS + minute * MINUTE_MS))],
    ])
    expect(await play([first, second], slates)).toEqual([
      ...['score 10', '1 served 62', 'events 62'],
      ...['score 70', 'score 90', '2 served 122', 'events 122'],
    ])
  })

  test('Minutes of cells become hourly drops and a last one', async () => {
    const drops = Array.from({ length: 70 }, (_, n) => dropAt(DAY0_MS + (n + 1) * MINUTE_MS))
    const slates = new Map(drops.map((drop) => [drop, [slateAt(drop.arrivalMs - 1000)]]))
    const happened = await play(drops, slates)
    expect(happened.filter((what) => what.includes('served'))).toEqual([
      '60 served 60',
      '10 served 70',
    ])
  })
})

describe('The measure of landing', () => {
  const arrivalMs = DAY0_MS + HOUR_MS
  const open = { [openAttribute(arrivalMs, 'd'.repeat(32))]: new Uint8Array([1]) }

  test('A drop is measured until its own attribute is in the row', async () => {
    const online = memoryTable('online')
    const landing = openLanding({ online, underWay: () => ['near-line'] }, 'feed')
    const measured = landing.measure('i1', arrivalMs)
    const pk = valuesPk('feed', 'item', 'i1')
    const other = { [openAttribute(arrivalMs - 1, 'd'.repeat(32))]: new Uint8Array() }
    await online.put(pk, VALUES_SK, other)
    setTimeout(() => void online.put(pk, VALUES_SK, open), 60)
    await measured
    const { drops, p50, max } = landing.seconds()!
    expect(drops).toBe(1)
    expect(p50).toBeGreaterThan(0.05)
    expect(max).toBe(p50)
  })

  test('A drop that changes no value is not measured', async () => {
    const landing = openLanding({ online: memoryTable('online'), underWay: () => [] }, 'feed')
    await landing.measure('i1', arrivalMs)
    expect(landing.seconds()).toBeNull()
  })
})
