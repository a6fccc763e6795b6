import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { cleanEntitiesPrefix, countersPrefix } from '../../functions/contract/keys.ts'
import type { CounterRow, EntityRow, SampleRow } from '../../functions/contract/rows.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { decodeModel } from '../../functions/core/artifact.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import {
  indexCounters,
  type Knowledge,
  valuesOfCounts,
} from '../../functions/features/as-of-counts.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { featureCells } from '../../functions/features/cells.ts'
import { createPseudonyms, openReader, type Reader } from '../../functions/reader/reader.ts'
import type { Model } from '../../functions/trainer/model.ts'
import { loadModel } from '../../functions/trainer/storage.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { predicted } from '../make/predicted.ts'
import { DAYS, makeServedWorld, SECRET, type ServedWorld } from '../make/served-world.ts'

const TOLERANCE = 1e-6
const pseudonym = createPseudonyms(SECRET, 'feed')
/** Some of whom the log never saw, as of the items below. */
const PEOPLE = Array.from({ length: 23 }, (_, n) => `person-${n}`)
const rawOf = new Map(PEOPLE.map((raw) => [pseudonym('user', raw), raw]))

/** Everything that the lake knows, as samples are made from it. */
async function knowledgeIn({ lake }: ServedWorld): Promise<Knowledge> {
  const all = async <R>(prefix: string): Promise<R[]> => {
    const keys = (await lake.list(prefix)).filter(({ key }) => key.endsWith('.parquet'))
    return (
      await Promise.all(keys.map(async ({ key }) => readParquet<R>(await lake.get(key))))
    ).flat()
  }
  return {
    counts: indexCounters(await all<CounterRow>(countersPrefix('feed'))),
    items: indexCatalogue(await all<EntityRow>(cleanEntitiesPrefix('feed', 'items'))),
    users: indexCatalogue(await all<EntityRow>(cleanEntitiesPrefix('feed', 'users'))),
  }
}

const openWorld = ({ models, registry, online }: ServedWorld): Promise<Reader> =>
  openReader({
    ...{ scene: 'feed', models, registry, online },
    identify: (user) => pseudonym('user', user),
    onFault: (fault) => {
      throw fault
    },
    timer: () => () => {},
  })

describe.each(['logistic', 'factorization-machine'] as const)('The reader of a %s', (kind) => {
  let world: ServedWorld
  let full: Model
  let increment: Model
  beforeAll(async () => {
    world = await makeServedWorld(kind)
    const { model, features } = world.scene
    const base = decodeModel(world.full.bytes)
    full = loadModel(base, model, features)
    increment = loadModel(decodeModel(world.increment.bytes), model, features, base)
  })

  test.each(['full', 'increment'] as const)(
    'The reader gives the same probabilities as the trainer by a %s',
    async (which) => {
      const { row } = world[which]
      await world.release(row)
      const reader = await openWorld(world)
      const expected = await predicted(
        world.scene,
        which === 'full' ? full : increment,
        world.samples,
      )
      const sequence = which === 'full' ? 1 : 2
      expect(world.samples.length).toBeGreaterThan(300)
      let furthest = 0
      for (const { sample, user, item, timeMs, position } of world.samples) {
        const { context } = world.events.get(sample)!
        const slate = { user: rawOf.get(user)!, timeMs, context: JSON.parse(context!) }
        const items = [{ item, position: position! }]
        const answer = await reader.scoreSlate({ ...slate, items })
        expect(answer).toMatchObject({ release: row.version, sequence })
        furthest = Math.max(furthest, Math.abs(answer.scores[0]! - expected.get(sample)!))
      }
      expect(furthest).toBeLessThan(TOLERANCE)
      const distinct = new Set([...expected.values()].map((p) => p.toFixed(4)))
      expect(distinct.size).toBeGreaterThan(50)
    },
  )

  test('The reader agrees with the trainer on any slate, unknown ids included', async () => {
    await world.release(world.full.row)
    await world.release(world.increment.row)
    const reader = await openWorld(world)
    const knowledge = await knowledgeIn(world)
    const text = fc.oneof(fc.constantFrom('phone', 'tablet', ''), fc.string({ unit: 'binary' }))
    const slates = fc.record({
      user: fc.constantFrom(...PEOPLE),
      // From when the newest statement of every entity is knowable, to when windows run empty.
      timeMs: fc.integer({ min: DAY0_MS + 2 * DAY_MS + 2000, max: DAY0_MS + (DAYS + 9) * DAY_MS }),
      context: fc.option(fc.record({ device: text }), { nil: undefined }),
      items: fc.array(
        fc.record({
          item: fc.constantFrom(...Array.from({ length: 18 }, (_, n) => `i${n}`)),
          position: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
        }),
        { minLength: 1, maxLength: 8 },
      ),
    })
    await fc.assert(
      fc.asyncProperty(slates, async ({ context, ...slate }) => {
        const given = { ...slate, ...(context ? { context } : {}) }
        const { scores } = await reader.scoreSlate(given as Parameters<Reader['scoreSlate']>[0])
        const samples = slate.items.map(({ item, position }, n) => {
          const shown = makeImpression({
            ...{ event: String(n), user: pseudonym('user', slate.user), item },
            ...{ timeMs: slate.timeMs, position: position ?? null },
            context: context ? JSON.stringify(context) : null,
          })
          const fixed = { sample: shown.event, timeMs: slate.timeMs, user: shown.user, item }
          const learnt = { label: 0, isMature: true, known: 1, logOddsCorrection: 0, weight: 1 }
          return {
            ...{ ...fixed, ...learnt },
            ...featureCells(world.scene.features, shown, valuesOfCounts(knowledge)),
          } as SampleRow
        })
        const expected = await predicted(world.scene, increment, samples)
        scores.forEach((score, n) => {
          expect(Math.abs(score - expected.get(String(n))!)).toBeLessThan(TOLERANCE)
        })
      }),
      { numRuns: 60 },
    )
  })
})
