import { type Claim, RELATIONS } from '../../../contract/claims.ts'
import type { BehaviourDefinition } from '../../../contract/graph.ts'
import { DAY_MS, MINUTE_MS } from '../../../contract/time.ts'
import { binomialUpperTail } from '../../../math/binomial.ts'
import { type Refusals, refuse, sourceOf, uniqueClaims } from '../../claims/claim.ts'
import { entityId, keptId } from '../../claims/entity-id.ts'
import { noPersonalData, removePersonalData } from '../../personal-data/remove-personal-data.ts'
import type { Extracted } from '../catalogue/catalogue.ts'
import type { ActLog } from './act-log.ts'
import { type SignificantPair, significantPairs, strongestPairs } from './significant-pairs.ts'
import {
  boughtSlots,
  purchaseOrders,
  queriedSlots,
  viewedSlots,
  viewedThenBoughtSlots,
} from './slots.ts'

export const BEHAVIOUR_EXTRACTOR = 'behaviour@1'

/** The events that were read: those of [fromMs, throughMs), behind the verdicts known by then. */
export interface BehaviourWindow {
  scene: string
  fromMs: number
  throughMs: number
}
/** The source of all windows of a scene: a later one replaces the one before. */
export const behaviourSource = (scene: string): string => sourceOf('behaviour', scene)

/** A pair of numbers of items or queries, the first one being the subject. */
type Directed = Pick<SignificantPair, 'first' | 'second' | 'confidence'>
/** Chance that the order of purchases is by accident, below which one direction alone is claimed. */
const ORDER_LEVEL = 0.05

interface Found {
  coViewed: SignificantPair[]
  coPurchased: SignificantPair[]
  /** (viewed, bought). */
  instead: SignificantPair[]
  /** (query, item). */
  queried: SignificantPair[]
}

function findPairs(log: ActLog, definition: BehaviourDefinition): Found {
  const { minUsers, falseDiscoveryRate, seed, sessionMinutes, complementDays } = definition
  const sessionMs = sessionMinutes * MINUTE_MS
  const slots = [
    viewedSlots(log, sessionMs),
    boughtSlots(log, complementDays * DAY_MS),
    viewedThenBoughtSlots(log, sessionMs),
    queriedSlots(log, sessionMs),
  ]
  const [coViewed, coPurchased, instead, queried] = slots.map((own, n) =>
    significantPairs(own, { minUsers, falseDiscoveryRate, seed: seed + n }),
  ) as [SignificantPair[], SignificantPair[], SignificantPair[], SignificantPair[]]
  return { coViewed, coPurchased, instead, queried }
}

const bothWays = (pairs: readonly SignificantPair[]): Directed[] =>
  pairs.flatMap(({ first, second, confidence }) => [
    { first, second, confidence },
    { first: second, second: first, confidence },
  ])

/** An item complements another one unless it is bought before it beyond chance. */
function complementsOf(
  log: ActLog,
  pairs: readonly SignificantPair[],
  definition: BehaviourDefinition,
) {
  const { sessionMinutes, complementDays } = definition
  const spans = { sessionMs: sessionMinutes * MINUTE_MS, withinMs: complementDays * DAY_MS }
  const orders = purchaseOrders(log, pairs, spans)
  return pairs.flatMap(({ first, second, confidence }): Directed[] => {
    const { firstBefore, secondBefore } = orders.get(first * log.items.length + second)!
    const total = firstBefore + secondBefore
    const isBefore = (count: number): boolean => binomialUpperTail(count, total, 0.5) < ORDER_LEVEL
    return [
      ...(isBefore(secondBefore) ? [] : [{ first: second, second: first, confidence }]),
      ...(isBefore(firstBefore) ? [] : [{ first, second, confidence }]),
    ]
  })
}

/** What is bought instead of what was viewed, unless users have both. */
function substitutesOf({ instead, coPurchased }: Found, items: number): Directed[] {
  const together = new Set(coPurchased.map(({ first, second }) => first * items + second))
  return instead
    .filter(({ first: a, second: b }) => !together.has(Math.min(a, b) * items + Math.max(a, b)))
    .map(({ first, second, confidence }) => ({ first: second, second: first, confidence }))
}

/**
 * Claims of a window of behaviour, without users: each relation is one that `minUsers` users or more show, and that
 * the log with its items shuffled between users does not, at the false discovery rate. Co-views are of one session.
 * A substitute is bought in the session after the other one was viewed, and seldom with it. A complement is bought
 * with the other one or after it. A query in which a rule finds personal data makes no claim.
 */
export function extractBehaviour(
  log: ActLog,
  definition: BehaviourDefinition,
  window: BehaviourWindow,
): Extracted {
  const found = findPairs(log, definition)
  const { maxPartners } = definition
  const bought = strongestPairs(found.coPurchased, maxPartners)
  const refused: Refusals = {}
  const claims: Claim[] = []
  const add = (
    subject: string,
    relation: string,
    object: string,
    confidence: number,
    isEntity = true,
  ) =>
    claims.push({
      ...{ subject, relation, object, isEntity, confidence, validFromMs: window.throughMs },
      ...{ source: behaviourSource(window.scene), extractor: BEHAVIOUR_EXTRACTOR },
    })
  const itemId = (item: number): string => keptId('item', log.items[item]!)
  const related: [string, Directed[]][] = [
    [RELATIONS.coViewedWith, bothWays(strongestPairs(found.coViewed, maxPartners))],
    [RELATIONS.coPurchasedWith, bothWays(bought)],
    [RELATIONS.complementOf, complementsOf(log, bought, definition)],
    [
      RELATIONS.substituteOf,
      substitutesOf(
        { ...found, instead: strongestPairs(found.instead, maxPartners) },
        log.items.length,
      ),
    ],
  ]
  for (const [relation, pairs] of related)
    for (const { first, second, confidence } of pairs)
      add(itemId(first), relation, itemId(second), confidence)
  for (const { first, second, confidence } of strongestPairs(found.queried, maxPartners)) {
    const text = log.queries[first]!
    if (removePersonalData(text, noPersonalData()) !== text) {
      refuse(refused, 'query: personal data')
      continue
    }
    const query = entityId('query', text)
    if (query === null) {
      refuse(refused, 'query: names no entity')
      continue
    }
    add(query, RELATIONS.searchedWith, itemId(second), confidence)
    add(query, RELATIONS.name, text.normalize('NFKC').replace(/\s+/g, ' ').trim(), 1, false)
  }
  return { claims: uniqueClaims(claims), refused }
}
