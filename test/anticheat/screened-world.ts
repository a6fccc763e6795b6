import type { Detector } from '../../functions/anticheat/detector.ts'
import { planScreen } from '../../functions/anticheat/plan-screen.ts'
import type { MadeVerdicts } from '../../functions/anticheat/verdicts.ts'
import { commitClosing, loadClosing } from '../../functions/closing/chain.ts'
import { closeTask } from '../../functions/closing/close.ts'
import { closingTasks } from '../../functions/closing/cut.ts'
import type { Statement } from '../../functions/contract/anticheat.ts'
import { countersPrefix } from '../../functions/contract/keys.ts'
import { COUNTER_COLUMNS, type CounterRow, type EventRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import type { Finding } from '../../functions/contract/verdicts.ts'
import { readRows } from '../../functions/core/read-rows.ts'
import { loadFolded } from '../../functions/features/near-line.ts'
import { planFold } from '../../functions/features/plan-fold.ts'
import { createCounterCache } from '../../functions/samples/counter-cache.ts'
import { openValues } from '../../functions/samples/open-values.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { foldAll } from '../make/fold-all.ts'
import { land } from '../make/landing.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'
import { screenAll } from '../make/screen-all.ts'

const item = { entity: 'item', windowHours: 72 } as const
/** A plain count, a state with exact sums, one with counts by value, and one that nothing can leave. */
export const scene = makeScene({
  anticheat: { honeypots: [], holdback: 0, seed: 1 },
  features: [
    { ...item, name: 'clicks', kind: 'count', event: 'click' },
    { ...item, name: 'spent', kind: 'mean', event: 'click', of: 'value' },
    { ...item, name: 'middle', kind: 'quantile', event: 'click', of: 'value', q: 0.5 },
    { ...item, name: 'users', kind: 'distinct', event: 'click', of: 'user.id' },
  ],
})
export const atHour = (hour: number): number => DAY0_MS + hour * HOUR_MS + 5 * MINUTE_MS

/** One impression and one click of each user an hour. The cheat clicks four times on i1. */
export function hourRows(hour: number, users = ['u1', 'u2', 'cheat']): EventRow[] {
  const timeMs = DAY0_MS + hour * HOUR_MS + 10 * MINUTE_MS
  return users.flatMap((user, n) => {
    const about = { user, item: 'i1', timeMs: timeMs + n, arrivalMs: timeMs + MINUTE_MS }
    const clicks = Array.from({ length: user === 'cheat' ? 4 : 1 }, (_, k) =>
      makeOutcome({
        ...about,
        event: `click ${user} ${hour} ${k}`,
        value: user === 'cheat' ? 50 : 2,
      }),
    )
    return [makeImpression({ ...about, event: `shown ${user} ${hour}` }), ...clicks]
  })
}

/** Finds each user who is called so, in the whole window: on evidence that needs a second detector. */
export const findNamed = (name: string, evidence: Finding['evidence'] = 'timing'): Detector => ({
  ...{ name: 'named', evidence, reason: 'The user is called so.' },
  detect: ({ users, user, timeMs, length }) =>
    users.flatMap((id, code) => {
      const places = Array.from({ length }, (_, place) => place).filter((p) => user[p] === code)
      if (id !== name || places.length === 0) return []
      return {
        ...{ detector: 'named', evidence, subject: 'user', id, items: [], score: 20, expected: 0 },
        fromMs: timeMs[places[0]!]!,
        throughMs: timeMs[places.at(-1)!]! + 1,
        events: places.length,
      }
    }),
})

/** Fails on any events. */
export const failing: Detector = {
  ...{ name: 'failing', evidence: 'timing', reason: 'It never gives one.' },
  detect() {
    throw new TypeError('a hole in the columns')
  },
}

/** A scene as its hourly runs leave it, over stores in memory. */
export function openScreenedWorld(detectors: readonly Detector[], settings: Scene = scene) {
  const world = { lake: memoryObjects('lake'), online: memoryTable('online'), scene: settings }
  const { lake, online } = world
  const statements: Statement[] = []
  return {
    ...world,
    statements,
    land: (n: number, rows: EventRow[]) => land(lake, rows, n),
    async plan(hour: number) {
      const closing = await loadClosing(lake, settings, atHour(hour))
      const folded = await loadFolded(online, 'feed')
      const foldedMs = folded?.closedThroughMs ?? null
      const accepted = [{ status: 'accepted' as const }]
      const screen = await planScreen(lake, settings, closing, atHour(hour), accepted, foldedMs)
      const correctedMs = screen?.closedThroughMs ?? null
      return { closing, screen, fold: await planFold(lake, settings, closing, folded, correctedMs) }
    },
    /** What a run of this hour does, up to its values. */
    async run(hour: number): Promise<MadeVerdicts | null> {
      const { closing, screen, fold } = await this.plan(hour)
      for (const task of closingTasks(closing.pieces)) await closeTask(lake, task)
      const made = await screenAll(world, { screen }, detectors, statements)
      await foldAll(world, { fold })
      await commitClosing(lake, 'feed', closing.closedThroughMs)
      return made
    },
    /** Every count of the lake, added up. */
    async counts(): Promise<Map<string, number>> {
      const keys = (await lake.list(countersPrefix('feed'))).map(({ key }) => key)
      const sums = new Map<string, number>()
      const columns = Object.keys(COUNTER_COLUMNS)
      for (const { kind, id, event, hourMs, count } of await readRows<CounterRow>(lake, keys, {
        columns,
      })) {
        const name = `${kind} ${id} ${event} ${(hourMs - DAY0_MS) / HOUR_MS}`
        sums.set(name, (sums.get(name) ?? 0) + count)
      }
      return new Map([...sums].filter(([, count]) => count !== 0))
    },
    /** Values as samples see them. */
    async timeline() {
      const counterKeys = (await lake.list(countersPrefix('feed'))).map(({ key }) => key)
      const task = { scene: 'feed', shard: 0, shards: 1, counterKeys, ...NOTHING_ELSE }
      return openValues(lake, recipeOf(settings), task, createCounterCache(lake), () => true)
    },
  }
}
const NOTHING_ELSE = { entityKeys: [], drops: [], exclusions: [] }
