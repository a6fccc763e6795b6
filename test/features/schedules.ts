import fc from 'fast-check'
import type { Scene } from '../../functions/contract/scene.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { loadFolded } from '../../functions/features/near-line.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'
import { countListed, type ListedDrop } from './event-list.ts'
import { type Marks, rowValue } from './row-value.ts'
import { advanceAll, close, deliver, fold, look, plan, type World } from './schedule-world.ts'

/** Random schedules of one scene's drops, closings and folds, and what a reader sees between them. */

const IDS = { user: ['u0', 'u1'], item: ['i0', 'i1'] } as const
const NEAR_LINE_MS = 30_000
const MINUTE = HOUR_MS / MINUTE_MS

const count = (name: string, entity: string, event: string, windowHours: number) =>
  ({ kind: 'count', name, entity, event, windowHours }) as const
/** A second generation has a longer window, a new series, and no longer that of users. */
const GENERATIONS: Scene['features'][] = [
  [count('a', 'item', 'impression', 2), count('b', 'user', 'impression', 3)],
  [count('a', 'item', 'impression', 4), count('c', 'item', 'click', 3)],
]

const event = fc.record({
  /** Copies of one event have one id. */
  id: fc.integer({ min: 0, max: 5 }),
  agoMinutes: fc.integer({ min: -20, max: 130 }),
})
/** What an event is follows from its id, as in a log that repeats itself. */
const eventOf = (id: number, timeMs: number) => ({
  ...{ id: `e${id}`, timeMs },
  user: IDS.user[id % 2]!,
  item: IDS.item[Math.floor(id / 2) % 2]!,
  event: id % 3 === 0 ? 'click' : 'impression',
})
const drops = fc.array(
  fc.record({
    arrivalMinutes: fc.integer({ min: 0, max: 5 * MINUTE }),
    events: fc.array(event, { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 5 },
)
const kills = fc.option(fc.integer({ min: 0, max: 4 }), { freq: 2 })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant('deliver' as const), fc.nat(4), kills) },
  { weight: 3, arbitrary: fc.constant(['close'] as const) },
  { weight: 2, arbitrary: fc.constant(['plan'] as const) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('fold' as const), fc.nat(1), kills) },
  { weight: 2, arbitrary: fc.constant(['advance'] as const) },
  { weight: 3, arbitrary: fc.constant(['run'] as const) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('half a run' as const), kills) },
  { weight: 1, arbitrary: fc.constant(['switch'] as const) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('exclude' as const), fc.nat(4)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('read' as const), fc.nat(3 * MINUTE)) },
)
export const schedules = fc.record({
  drops,
  steps: fc.array(step, { minLength: 6, maxLength: 24, size: 'max' }),
})
export type Schedule = typeof schedules extends fc.Arbitrary<infer S> ? S : never
type Step = Schedule['steps'][number]

const FEED = makeScene()

function openWorld(table: TableStore, scene: string): World {
  return {
    table,
    scene: { ...FEED, scene, features: GENERATIONS[0]!, nearLineSeconds: NEAR_LINE_MS / 1000 },
    later: GENERATIONS[1]!,
    ...{ landed: new Set(), closings: [], plans: [], ended: new Set(), excluded: [] },
    ...{ folded: null, written: new Map(), rowPlans: new Map() },
  }
}

const lastMs = ({ closings }: World): number =>
  closings.at(-1)?.scheduledMs ?? DAY0_MS + 2 * HOUR_MS

/** From when on a reader leaves out what was excluded: the closing run after. */
function sinceMs({ scene }: World, excludedMs: number): number {
  let runMs = DAY0_MS + scene.tiers.hourly!.minuteUtc * MINUTE_MS
  while (runMs < excludedMs) runMs += HOUR_MS
  return runMs
}

/** Compares every count of every entity with the lists. Returns the first difference. */
async function compare(world: World, timeMs: number, marks: Marks): Promise<string | null> {
  const folded = await loadFolded(world.table, world.scene.scene)
  if (!folded) return null
  const excluded = world.folded!.excluded.map((one) => ({
    ...one,
    sinceMs: sinceMs(world, one.timeMs),
  }))
  for (const entity of ['user', 'item'] as const)
    for (const id of IDS[entity]) {
      const { row, mark, drops: written } = await look(world, entity, id)
      for (const series of folded.series.filter((one) => one.entity === entity))
        for (const windowHours of [1, series.keepHours]) {
          const { event: name } = series
          const expected = countListed({
            ...{ entity, id, event: name, windowHours, timeMs, nearLineMs: NEAR_LINE_MS },
            ...{ mark, closings: world.closings, drops: written, excluded },
          })
          const found = row ? rowValue(row, folded, series, timeMs, windowHours, marks) : 0
          if (found !== expected)
            return `${name}s of ${id} in ${windowHours} h: got ${found}, expected ${expected}`
        }
    }
  return null
}

async function take(world: World, drop: (n: number) => ListedDrop, step: Step): Promise<void> {
  switch (step[0]) {
    case 'deliver':
      return deliver(world, drop(step[1]), step[2])
    case 'close':
      return close(world)
    case 'plan':
      return plan(world)
    case 'fold':
      return fold(world, step[1], step[2])
    case 'advance':
      return advanceAll(world)
    case 'run':
      close(world)
      await plan(world)
      await fold(world, 0, null)
      return advanceAll(world)
    case 'half a run':
      close(world)
      await plan(world)
      return fold(world, 0, step[1])
    case 'switch':
      world.scene = { ...world.scene, features: world.later }
      return
    case 'exclude': {
      const fromMs = DAY0_MS + step[1] * HOUR_MS
      const timeMs = lastMs(world)
      world.excluded.push({ fromMs, throughMs: fromMs + HOUR_MS, timeMs, reason: 'a test' })
    }
  }
}

/** Plays a schedule. Returns the first value that differs from the lists, or null. */
export async function playSchedule(
  table: TableStore,
  scene: string,
  schedule: Schedule,
  marks: Marks = 'both',
): Promise<string | null> {
  const world = openWorld(table, scene)
  const all = schedule.drops.map(({ arrivalMinutes, events }, n): ListedDrop => {
    const arrivalMs = DAY0_MS + arrivalMinutes * MINUTE_MS
    const listed = events.map(({ id, agoMinutes }) =>
      eventOf(id, arrivalMs - agoMinutes * MINUTE_MS),
    )
    return {
      name: n.toString(16).padStart(32, '0').split('').reverse().join(''),
      arrivalMs,
      events: listed,
    }
  })
  const drop = (n: number): ListedDrop => all[n % all.length]!
  for (const one of schedule.steps) {
    await take(world, drop, one)
    if (one[0] !== 'read') continue
    const difference = await compare(world, lastMs(world) + one[1] * MINUTE_MS, marks)
    if (difference !== null) return difference
  }
  await take(world, drop, ['run'])
  return compare(world, lastMs(world), marks)
}
