import { expect, test } from 'vitest'
import { type Feature, featureSchema } from '../../functions/contract/features.ts'
import type { SampleRow } from '../../functions/contract/rows.ts'
import { MINUTE_MS } from '../../functions/contract/time.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { featureCells } from '../../functions/features/cells.ts'
import { linkGraph } from '../../functions/features/links.ts'
import type { Values } from '../../functions/features/values.ts'
import { sigmoid } from '../../functions/math/logistic.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { type Fact, makeLinks } from '../make/links.ts'
import { heldOutGain } from './held-out-gain.ts'

const [ITEMS, BRANDS, USERS, ROWS] = [60, 12, 150, 16_000]
const brandOf = (item: number): number => item % BRANDS
/** Each third item has a complement. */
const complementOf = (item: number): number | null => (item % 3 === 0 ? (item + 7) % ITEMS : null)

const FACTS: Fact[] = Array.from({ length: ITEMS }, (_, n): Fact[] => {
  const main = complementOf(n)
  return [
    [`i${n}`, 'has-brand', `brand:b${brandOf(n)}`],
    ...(main === null ? [] : [[`i${n}`, 'complement-of', `item:i${main}`] satisfies Fact]),
  ]
}).flat()

/** Who has no links still sees which item was bought last, and which is shown. */
const IDS: Feature[] = featureSchema.array().parse([
  { name: 'user', kind: 'category', of: 'user.id' },
  { name: 'item', kind: 'category', of: 'item.id' },
  {
    ...{ name: 'last', kind: 'last-value', entity: 'user', event: 'purchase', of: 'item.id' },
    windowHours: 720,
  },
])
const LINKS: Feature[] = featureSchema.array().parse([
  { name: 'brand', kind: 'graph-link', last: 'purchase', relation: 'has-brand' },
  { name: 'next', kind: 'graph-link', last: 'purchase', relation: 'complement-of', as: 'direct' },
  { name: 'hops', kind: 'graph-distance', last: 'purchase' },
])

/**
 * Samples of users who are shown items at random. `loyalty`: log-odds that the brand of the last purchase adds,
 * and that its complement adds. A purchase is visible at the next impression.
 */
function makeLog(loyalty: number): SampleRow[] {
  const uniform = seededUniform(11)
  const quality = Array.from({ length: ITEMS }, () => uniform() - 0.5)
  const last = new Map<number, { item: number; timeMs: number }>()
  const graph = linkGraph(makeLinks(FACTS))
  const none = indexCatalogue([])
  return Array.from({ length: ROWS }, (_, n) => {
    const [user, item] = [Math.floor(uniform() * USERS), Math.floor(uniform() * ITEMS)]
    const timeMs = DAY0_MS + n * MINUTE_MS
    const before = last.get(user)
    const state = before && { timeMs: before.timeMs, tie: 0, text: `i${before.item}` }
    const values: Values = {
      ...{ items: none, users: none, links: { servedAt: () => graph } },
      ...{ stateOf: () => state ?? null, bucketsOf: () => [] },
    }
    const row = makeImpression({ timeMs, user: `u${user}`, item: `i${item}` })
    const cells = featureCells([...IDS, ...LINKS], row, values)
    const isLoyal = before !== undefined && brandOf(before.item) === brandOf(item)
    const isNext = before !== undefined && complementOf(item) === before.item
    const logit = -1.8 + quality[item]! + loyalty * (Number(isLoyal) + Number(isNext))
    const label = uniform() < sigmoid(logit) ? 1 : 0
    if (label === 1) last.set(user, { item, timeMs })
    return {
      ...{ sample: `s${n}`, timeMs, user: row.user, item: row.item, label, value: null },
      ...{ isMature: true, known: 1, logOddsCorrection: 0, weight: 1, trust: 1 },
      ...{ position: null, propensity: null, release: null, ...cells },
    } as SampleRow
  })
}

const MODEL = {
  ...{ kind: 'factorization-machine' as const, hashBits: 14, alpha: 0.1, beta: 1, l1: 0, l2: 1 },
  ...{ factors: 8, factorAlpha: 0.05, factorL2: 1e-4, factorInit: 0.05, seed: 1 },
  youngLabels: 'none' as const,
}
const gainOf = (loyalty: number) => heldOutGain(makeLog(loyalty), IDS, LINKS, MODEL)

test('Where users are loyal to brands, links lower the log loss', async () => {
  const { low, mean } = await gainOf(1.2)
  expect(low).toBeGreaterThan(0)
  expect(mean).toBeGreaterThan(0.002)
})

test('Where users are not loyal, links change almost nothing', async () => {
  const { low, high } = await gainOf(0)
  expect(low).toBeLessThan(0)
  for (const end of [low, high]) expect(Math.abs(end)).toBeLessThan(0.003)
})
