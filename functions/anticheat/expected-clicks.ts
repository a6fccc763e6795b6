import type { ScreenedEvents } from './events.ts'
import { groupPlaces } from './group-places.ts'
import { onceFor } from './once.ts'

/** What each impression's click probability is, if its place, its item and its user explain it. */
export interface ExpectedClicks {
  /** By place of an event: 1 for an impression with an outcome, else 0. */
  clicked: Uint8Array
  /** By place: the click probability of an impression; 0 for an outcome. */
  probability: Float32Array
  /** By item: its factor on the click probability, as the users that are not left out see it. 1 is usual. */
  appeal: Float64Array
  /** By user: the user's factor on the click probability. 1 is usual. */
  rate: Float64Array
}

/** Positions beyond this one share a factor. */
const MAX_POSITION = 64
/** Rounds of the fit: each factor is fitted to the others (iterative proportional fitting). */
const ROUNDS = 4
/** A person does not click on everything. */
const MAX_PROBABILITY = 0.95

/** By place: 1 for an impression with an outcome. */
export const clickedImpressions = onceFor((events): Uint8Array => {
  const clicked = new Uint8Array(events.length)
  for (let place = 0; place < events.length; place++)
    if (events.outcome[place]! >= 0 && events.impression[place]! >= 0)
      clicked[events.impression[place]!] = 1
  return clicked
})

/**
 * What each impression counts: 1 / (the user's impressions of that item). So a user is one voice on an
 * item, however often the user sees it. 0 for outcomes and for users that are left out.
 */
function pairWeights(events: ScreenedEvents, leftOut: Uint8Array | null): Float32Array {
  const isImpression = (place: number): boolean => events.outcome[place]! < 0
  const { starts, places } = groupPlaces(events.user, events.users.length, isImpression)
  const weights = new Float32Array(events.length)
  const shown = new Uint32Array(events.items.length)
  for (let user = 0; user < events.users.length; user++) {
    if (leftOut?.[user]) continue
    const [from, end] = [starts[user]!, starts[user + 1]!]
    for (let at = from; at < end; at++) shown[events.item[places[at]!]!]!++
    for (let at = from; at < end; at++) weights[places[at]!] = 1 / shown[events.item[places[at]!]!]!
    for (let at = from; at < end; at++) shown[events.item[places[at]!]!] = 0
  }
  return weights
}

/**
 * The shape of the gamma distribution of factors, by moments: the variance of counts beyond Poisson's.
 * It is the number of expected clicks that a factor of 1 counts as in `fitFactor`; at least a half, at most 1000.
 */
function shapeOfFactors(clicks: Float64Array, expected: Float64Array): number {
  let beyond = 0
  let squares = 0
  for (let g = 0; g < clicks.length; g++) {
    beyond += (clicks[g]! - expected[g]!) ** 2 - expected[g]!
    squares += expected[g]! ** 2
  }
  return beyond <= 0 ? 1000 : Math.min(1000, Math.max(0.5, squares / beyond))
}

/** What the factors are fitted to. */
interface Fit {
  clicked: Uint8Array
  weights: Float32Array
  probability: Float32Array
}

/**
 * One factor by group, given the others: the posterior mean (clicks + shape) / (expected + shape), where
 * the shape is measured on the weighted events.
 */
function fitFactor(
  factor: Float64Array,
  codes: ArrayLike<number>,
  { clicked, weights, probability }: Fit,
): void {
  const clicks = new Float64Array(factor.length)
  const expected = new Float64Array(factor.length)
  for (let place = 0; place < clicked.length; place++) {
    const weight = weights[place]!
    if (weight === 0) continue
    const group = codes[place]!
    clicks[group]! += weight * clicked[place]!
    expected[group]! += (weight * probability[place]!) / factor[group]!
  }
  const shape = shapeOfFactors(clicks, expected)
  for (let g = 0; g < factor.length; g++) factor[g] = (clicks[g]! + shape) / (expected[g]! + shape)
}

/** The click rate of all weighted impressions. */
function baseRate(clicked: Uint8Array, weights: Float32Array): number {
  let clicks = 0
  let weight = 0
  for (let place = 0; place < weights.length; place++) {
    weight += weights[place]!
    clicks += weights[place]! * clicked[place]!
  }
  return weight > 0 ? clicks / weight : 0
}

/**
 * Fits click probability = base × position × item × user, each factor shrunk to 1 by its own measured
 * spread (gamma–Poisson). Each user is one voice on an item. Users that are `leftOut` (by user, 1 is out) have
 * none; only their own factor is fitted to them, at the end. A click is an impression with any outcome.
 * O(events).
 */
export function fitExpectedClicks(
  events: ScreenedEvents,
  leftOut: Uint8Array | null = null,
): ExpectedClicks {
  const clicked = clickedImpressions(events)
  const weights = pairWeights(events, leftOut)
  const base = baseRate(clicked, weights)
  const position = events.position.map((at) => Math.min(MAX_POSITION, at))
  const examination = new Float64Array(MAX_POSITION + 1).fill(1)
  const appeal = new Float64Array(events.items.length).fill(1)
  const rate = new Float64Array(events.users.length).fill(1)
  const probability = new Float32Array(events.length)
  const refresh = (): void => {
    for (let place = 0; place < events.length; place++)
      if (events.outcome[place]! < 0)
        probability[place] = Math.min(
          MAX_PROBABILITY,
          base *
            examination[position[place]!]! *
            appeal[events.item[place]!]! *
            rate[events.user[place]!]!,
        )
  }
  refresh()
  for (let round = 0; round < ROUNDS && base > 0; round++)
    for (const [factor, codes] of [
      [examination, position],
      [appeal, events.item],
      [rate, events.user],
    ] as const) {
      fitFactor(factor, codes, { clicked, weights, probability })
      refresh()
    }
  if (leftOut !== null && base > 0) {
    fitFactor(rate, events.user, { clicked, weights: pairWeights(events, null), probability })
    refresh()
  }
  return { clicked, probability, appeal, rate }
}
