import type { Interactions } from '../recommend/interactions.ts'
import { learnPlacement, type PlacementModels, type PlacementWay } from './learn-placement.ts'
import { judgeNewItems, splitNewItems } from './new-item-trial.ts'
import { placeNewcomers } from './place-newcomers.ts'
import { smoothedOut } from './smooth-users.ts'
import type { TrainedSpace } from './trained-space.ts'

/** A space that was trained without some items, and everything about these. */
export interface PlacementTrial {
  space: TrainedSpace
  /** What the space was trained on. */
  training: Interactions
  /** All events of the withheld items. */
  withheld: Interactions
  /** Content of the withheld items, by id. */
  content: ReadonlyMap<string, Float32Array>
  seed: number
}

/** AUC among the withheld items after three events of each, the mean over users. Null: no user could be judged. */
export interface PlacementFigures {
  users: number
  items: number
  contentAlone: number | null
  eventsAlone: number | null
  ways: Partial<Record<PlacementWay, number | null>>
}

/** The simplest first. */
const WAYS: readonly PlacementWay[] = ['first-users', 'smoothing', 'graphsage']
const EVENTS = 3
/** With fewer, the simplest way stands. */
const MIN_USERS = 50
const MIN_ITEMS = 20
/** A way must be better than a simpler one by so many standard errors of their paired difference. */
const STANDARD_ERRORS = 2

const meanOf = (values: Iterable<number>): number | null => {
  const all = [...values]
  return all.length > 0 ? all.reduce((sum, value) => sum + value, 0) / all.length : null
}

/** The mean difference by user, and its standard error. */
function compare(better: ReadonlyMap<string, number>, than: ReadonlyMap<string, number>) {
  const differences = [...better].flatMap(([user, area]) =>
    than.has(user) ? [area - than.get(user)!] : [],
  )
  const n = differences.length
  const mean = differences.reduce((sum, value) => sum + value, 0) / n
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  return { mean, standardError: Math.sqrt(variance / n) }
}

/**
 * Judges each way to place new items on items that the space was trained without, each with its first three events,
 * and chooses one: a way is taken over a simpler one only where it is better by two standard errors of their paired
 * difference by user. `reason` says what decided, in one line.
 */
export function choosePlacement({ space, training, withheld, content, seed }: PlacementTrial): {
  way: PlacementWay
  reason: string
  figures: PlacementFigures
} {
  const { dimensions } = space
  const trial = splitNewItems(withheld, EVENTS)
  const users = { ...space.users, out: smoothedOut(training, space) }
  const none = splitNewItems(withheld, 0).known
  const judge = (models: PlacementModels, interactions: Interactions, own: typeof content) => {
    const placed = placeNewcomers(models, { ...space, users, interactions, content: own })
    return judgeNewItems(trial, users, placed.items, dimensions)
  }
  const judged = WAYS.map((way) => {
    const models = learnPlacement(space, training, way, seed)
    return { way, models, areas: judge(models, trial.known, content) }
  })
  const [simplest] = judged as [(typeof judged)[number]]
  const figures: PlacementFigures = {
    users: simplest.areas.size,
    items: withheld.items.length,
    contentAlone: meanOf(judge(simplest.models, none, content).values()),
    eventsAlone: meanOf(judge(simplest.models, trial.known, new Map()).values()),
    ways: Object.fromEntries(judged.map(({ way, areas }) => [way, meanOf(areas.values())])),
  }
  if (figures.users < MIN_USERS || figures.items < MIN_ITEMS)
    return {
      way: simplest.way,
      reason: `${simplest.way}: ${figures.items} withheld items and ${figures.users} users were judged, expected at least ${MIN_ITEMS} and ${MIN_USERS}`,
      figures,
    }
  let chosen = simplest
  let reason = `${simplest.way}: no other way is better by ${STANDARD_ERRORS} standard errors`
  for (const other of judged.slice(1)) {
    const { mean, standardError } = compare(other.areas, chosen.areas)
    if (!(mean > STANDARD_ERRORS * standardError)) continue
    reason = `${other.way}: AUC is ${mean.toFixed(4)} above ${chosen.way}, standard error ${standardError.toFixed(4)}`
    chosen = other
  }
  return { way: chosen.way, reason, figures }
}
