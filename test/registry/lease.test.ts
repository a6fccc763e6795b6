import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CurrentRow } from '../../functions/contract/registry.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { QuartermasterError } from '../../functions/core/errors.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { releaseLease, takeLease } from '../../functions/registry/lease.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { PARTS } from '../../functions/release/parts/list.ts'
import { releaseVersion } from '../../functions/release/release.ts'
import { DAY0_MS } from '../make/events.ts'
import { currentRow, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

async function serve(fields: Partial<CurrentRow> = {}) {
  const table = memoryTable()
  const registry = openRegistry(table, 'feed')
  await registry.change(currentRow(fields), null)
  return { table, registry }
}
type World = Awaited<ReturnType<typeof serve>>
const take = async ({ registry }: Pick<World, 'registry'>, owner: string, nowMs: number) =>
  takeLease(registry, (await registry.current())!, owner, nowMs, nowMs + 50)

/** The table of a process whose every call waits for its turn: fast-check decides on the order. */
const interleaved = (scheduler: fc.Scheduler, table: TableStore) =>
  openRegistry(
    new Proxy(table, {
      get: (target, name) => {
        const call = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>
        return typeof call === 'function' ? scheduler.scheduleFunction(call.bind(target)) : call
      },
    }),
    'feed',
  )

describe('A lease', () => {
  test('A free lease is taken and raises the fence', async () => {
    const world = await serve({ fence: 4 })
    expect(await take(world, 'a', 100)).toEqual({ fence: 5, reason: null })
    expect(await world.registry.current()).toEqual(
      currentRow({ fence: 5, lease: { owner: 'a', untilMs: 150 } }),
    )
  })

  test('A held lease is refused and names its holder and end', async () => {
    const world = await serve({ lease: { owner: 'a', untilMs: Date.UTC(2026, 0, 5, 3) } })
    expect(await take(world, 'b', Date.UTC(2026, 0, 5, 2))).toEqual({
      fence: null,
      reason: 'a holds the lease until 2026-01-05T03:00:00Z: the next run also takes this interval',
    })
    expect((await world.registry.current())!.fence).toBe(1)
  })

  test('An expired lease is replaced, and its old holder cannot flip', async () => {
    const world = await serve()
    const { fence: old } = await take(world, 'a', 0)
    const { fence } = await take(world, 'b', 50)
    expect(fence).toBe(old! + 1)
    const before = await world.registry.current()
    expect(await world.registry.change(currentRow({ version: 'stale', fence: old! }), old)).toBe(
      false,
    )
    await releaseLease(world.registry, old)
    expect(await world.registry.current()).toEqual(before)
  })

  test('A run finds its own lease again, even after expiry', async () => {
    const world = await serve()
    const first = await take(world, 'a', 0)
    expect(await take(world, 'a', 40)).toEqual(first)
    expect(await take(world, 'a', 90)).toEqual(first)
  })

  test('Only the holder can give back a lease, and only once', async () => {
    const world = await serve()
    const { fence } = await take(world, 'a', 0)
    await releaseLease(world.registry, null)
    expect((await world.registry.current())!.lease).not.toBeNull()
    await releaseLease(world.registry, fence)
    await releaseLease(world.registry, fence)
    expect(await world.registry.current()).toEqual(currentRow({ fence: fence! }))
  })

  test('Of simultaneous requests for a lease exactly one wins', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 2, maxLength: 5 }),
        async (scheduler, owners) => {
          const world = await serve()
          const asked = owners.map((owner) =>
            take({ registry: interleaved(scheduler, world.table) }, owner, 100),
          )
          await scheduler.waitFor(Promise.all(asked))
          const answers = await Promise.all(asked)
          const { lease, fence } = (await world.registry.current())!
          expect(fence).toBe(2)
          owners.forEach((owner, i) => {
            expect(answers[i]!.fence).toBe(owner === lease!.owner ? fence : null)
            expect(answers[i]!.reason === null).toBe(owner === lease!.owner)
          })
        },
      ),
    )
  })
})

describe('Consecutive releases', () => {
  const body = 'the model'
  const hourly = (n: number, fence: number | null) =>
    makeVersion(2, {
      tier: 'hourly',
      version: `hourly-20260107${String(n).padStart(2, '0')}-00000000`,
      dataThroughMs: DAY0_MS + 2 * DAY_MS + n * HOUR_MS,
      modelSha256: sha256Hex(body),
      fence,
    })

  /** A run from its plan to its release: true where it flipped. */
  async function run(world: World, registry: World['registry'], n: number, nowMs: number) {
    const { fence } = await take({ registry }, `run ${n}`, nowMs)
    if (fence === null) return false
    const row = hourly(n, fence)
    await world.registry.register(row)
    const models = memoryObjects('models')
    models.drop(row.modelKey!, body)
    const scene = makeScene()
    const [lake, online] = [memoryObjects('lake'), memoryTable('online')]
    const stores = { registry, models, scene, lake, online, log: () => {} }
    const released = await releaseVersion(
      { registry, parts: PARTS, stores },
      scene,
      row.version,
      nowMs,
    ).catch((error: Error) => {
      if (error instanceof QuartermasterError) return { sequence: null }
      throw error
    })
    return released.sequence !== null
  }

  test('Slow runs lose no flip and use no sequence number twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 20 })), {
          minLength: 2,
          maxLength: 4,
        }),
        async (scheduler, starts) => {
          const world = await serve()
          const runs = starts.map(async ([nowMs, steps], n) => {
            // Begins when the others are somewhere in the middle.
            for (let step = 0; step < steps; step++) await scheduler.schedule(Promise.resolve())
            return run(world, interleaved(scheduler, world.table), n, nowMs)
          })
          await scheduler.waitFor(Promise.all(runs))
          const flips = (await Promise.all(runs)).filter((flipped) => flipped).length
          const { sequence, lastSequence } = (await world.registry.current())!
          expect({ sequence, lastSequence }).toEqual({
            sequence: 1 + flips,
            lastSequence: 1 + flips,
          })
        },
      ),
      { numRuns: 300 },
    )
  })
})
