import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  cleanEntitiesPrefix,
  countersPrefix,
  deltasPrefix,
  openDropName,
  parseCountersKey,
  parseDeltaKey,
} from '../../functions/contract/keys.ts'
import type { CounterRow, DeltaRow, EntityRow, SampleRow } from '../../functions/contract/rows.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { decodeModel } from '../../functions/core/artifact.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { slateCells } from '../../functions/features/cells.ts'
import { codeCounts } from '../../functions/features/coded-counts.ts'
import { isUniversal, seriesOf } from '../../functions/features/series.ts'
import { countedEvents, createTimeline, type Timeline } from '../../functions/features/timeline.ts'
import { createPseudonyms, openReader, type Reader } from '../../functions/reader/reader.ts'
import { createStateCache } from '../../functions/samples/state-cache.ts'
import type { Model } from '../../functions/trainer/model.ts'
import { loadModel } from '../../functions/trainer/storage.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import type { OnlineReplay } from '../make/online-replay.ts'
import { predicted } from '../make/predicted.ts'
import { DAYS, makeServedWorld, SECRET, type ServedWorld } from '../make/served-world.ts'

const TOLERANCE = 1e-6
const LAST_DAY_MS = DAY0_MS + (DAYS - 1) * DAY_MS
const withinLastDay = (timeMs: number): number => LAST_DAY_MS + ((timeMs - LAST_DAY_MS) % DAY_MS)
const pseudonym = createPseudonyms(SECRET, 'feed')
/** Some of whom the log never saw, as of the items below. */
const PEOPLE = Array.from({ length: 23 }, (_, n) => `person-${n}`)
const rawOf = new Map(PEOPLE.map((raw) => [pseudonym('user', raw), raw]))

/** Everything that the lake knows, by the rule of what was visible. */
async function timelineOf({ lake, scene }: ServedWorld): Promise<Timeline> {
  const series = seriesOf(scene.features)
  const files = async (prefix: string) =>
    (await lake.list(prefix)).map(({ key }) => key).filter((key) => key.endsWith('.parquet'))
  const read = async <R>(key: string): Promise<R[]> => readParquet<R>(await lake.get(key))
  const entities = async (kind: 'items' | 'users') => {
    const rows = await Promise.all(
      (await files(cleanEntitiesPrefix('feed', kind))).map((key) => read<EntityRow>(key)),
    )
    return indexCatalogue(rows.flat(), scene.nearLineSeconds * 1000)
  }
  const counterKeys = await files(countersPrefix('feed'))
  const closings = counterKeys.map(async (key) => ({
    closedThroughMs: parseCountersKey(key)!.closedThroughMs,
    counts: codeCounts(await read<CounterRow>(key)),
  }))
  const deltas = (await files(deltasPrefix('feed'))).map((key) => ({
    key,
    name: parseDeltaKey(key)!,
  }))
  const drops = deltas.map(async ({ key, name }) => ({
    arrivalMs: name.arrivalMs,
    counts: codeCounts(await read<DeltaRow>(key)),
  }))
  const items = await entities('items')
  const users = await entities('users')
  const states = await createStateCache(lake).open({
    ...{ scene: 'feed', counterKeys, drops: deltas.map(({ name }) => openDropName(name)) },
    series: series.filter((one) => !isUniversal(one)),
    ...{ filterName: 'all', isInShard: () => true },
    loadCatalogues: async () => ({ items, users }),
  })
  return createTimeline({
    rule: { ...scene, exclusions: [] },
    events: countedEvents(series),
    closings: await Promise.all(closings),
    drops: await Promise.all(drops),
    ...{ states, items, users },
  })
}

/** Every value is read again at each instant. */
const openWorld = (
  { models, registry }: ServedWorld,
  { online }: OnlineReplay,
  put: (line: string) => void = () => {},
): Promise<Reader> =>
  openReader({
    ...{ scene: 'feed', models, registry, online, valuesMs: 1 },
    logCells: { share: 1, seed: 1, put },
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
    'The reader serves the cells and probabilities of samples by a %s',
    async (which) => {
      const { row } = world[which]
      const replay = await world.release(row)
      const lines: string[] = []
      const reader = await openWorld(world, replay, (line) => lines.push(line))
      const expected = await predicted(
        world.scene,
        which === 'full' ? full : increment,
        world.samples,
      )
      const sequence = which === 'full' ? 1 : 2
      expect(world.samples.length).toBeGreaterThan(300)
      let furthest = 0
      for (const shown of world.samples) {
        const { sample, user, item, timeMs, position } = shown
        const { context } = world.events.get(sample)!
        await replay.advanceTo(timeMs)
        const slate = { user: rawOf.get(user)!, timeMs, context: JSON.parse(context!) }
        const items = [{ item, position: position! }]
        const answer = await reader.scoreSlate({ ...slate, items })
        expect(answer).toMatchObject({ release: row.version, sequence })
        const { cells } = JSON.parse(lines.at(-1)!) as { cells: Record<string, unknown> }
        for (const [name, cell] of Object.entries(cells))
          expect([name, cell]).toEqual([name, shown[`f_${name}`]])
        furthest = Math.max(furthest, Math.abs(answer.scores[0]! - expected.get(sample)!))
      }
      expect(furthest).toBeLessThan(TOLERANCE)
      const distinct = new Set([...expected.values()].map((p) => p.toFixed(4)))
      expect(distinct.size).toBeGreaterThan(50)
    },
  )

  test('The reader agrees with the trainer on any slate, unknown ids included', async () => {
    await world.release(world.full.row)
    const replay = await world.release(world.increment.row)
    const reader = await openWorld(world, replay)
    const values = await timelineOf(world)
    const text = fc.oneof(fc.constantFrom('phone', 'tablet', ''), fc.string({ unit: 'binary' }))
    const slates = fc.record({
      user: fc.constantFrom(...PEOPLE),
      // From when the newest statement of every entity is visible, to when windows run empty.
      timeMs: fc.integer({ min: LAST_DAY_MS, max: DAY0_MS + (DAYS + 9) * DAY_MS }),
      context: fc.option(fc.record({ device: text }), { nil: undefined }),
      items: fc.array(
        fc.record({
          item: fc.constantFrom(...Array.from({ length: 18 }, (_, n) => `i${n}`)),
          position: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
        }),
        { minLength: 1, maxLength: 8 },
      ),
    })
    const inOrder = fc
      .sample(slates, { numRuns: 120, seed: 5 })
      // Half of them while events arrive, and in order, since the online side only moves forward.
      .map((slate, n) => (n % 2 ? slate : { ...slate, timeMs: withinLastDay(slate.timeMs) }))
      .sort((a, b) => a.timeMs - b.timeMs)
    let counted = 0
    for (const { context, ...slate } of inOrder) {
      await replay.advanceTo(slate.timeMs)
      const given = { ...slate, ...(context ? { context } : {}) }
      const { scores } = await reader.scoreSlate(given as Parameters<Reader['scoreSlate']>[0])
      const shown = slate.items.map(({ item, position }, n) =>
        makeImpression({
          ...{ event: String(n), user: pseudonym('user', slate.user), item },
          ...{ timeMs: slate.timeMs, position: position ?? null },
          context: context ? JSON.stringify(context) : null,
        }),
      )
      const cells = slateCells(world.scene.features, shown, values)
      const samples = shown.map(({ event, user, item }, n) => {
        const fixed = { sample: event, timeMs: slate.timeMs, user, item }
        const learnt = { label: 0, isMature: true, known: 1, logOddsCorrection: 0, weight: 1 }
        return { ...fixed, ...learnt, ...cells[n] } as SampleRow
      })
      if (cells.some((cell) => Number(cell['f_user_clicks_12h']) > 0)) counted++
      const expected = await predicted(world.scene, increment, samples)
      scores.forEach((score, n) => {
        expect(Math.abs(score - expected.get(String(n))!)).toBeLessThan(TOLERANCE)
      })
    }
    expect(counted).toBeGreaterThan(20)
  })
})
