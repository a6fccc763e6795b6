import { expect, test } from 'vitest'
import { type Feature, featureSchema } from '../../functions/contract/features.ts'
import { type SampleRow, VALUE_SEPARATOR } from '../../functions/contract/rows.ts'
import { MINUTE_MS } from '../../functions/contract/time.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { featureCells } from '../../functions/features/cells.ts'
import type { Values } from '../../functions/features/values.ts'
import { sigmoid } from '../../functions/math/logistic.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { heldOutGain } from './held-out-gain.ts'

/** A query finds the same few items again and again, as a search does. */
const [QUERIES, FOUND, ITEMS, USERS, ROWS] = [80, 10, 200, 150, 12_000]

/** What the scene `search` learns from without the pair's own clicks, its cross of query and item included. */
const OTHERS: Feature[] = featureSchema.array().parse([
  { name: 'query', kind: 'category', of: 'context.query' },
  { name: 'item', kind: 'category', of: 'item.id' },
  { name: 'query_item', kind: 'cross', of: ['query', 'item'] },
  { name: 'match', kind: 'number', of: 'context.match' },
])
const RATE: Feature[] = featureSchema.array().parse([
  {
    ...{ name: 'rate', kind: 'rate', entity: 'context.query+item', outcome: 'click' },
    ...{ windowHours: 2000, priorRate: 0.25, priorStrength: 10 },
  },
])

/**
 * Samples of results that are shown at random. `strength`: the spread, in log-odds, of how well an item answers
 * a query beyond the match of their texts. A click is visible at the next impression.
 */
function makeLog(strength: number): SampleRow[] {
  const uniform = seededUniform(7)
  const spread = (): number => 3.5 * (uniform() - 0.5)
  const quality = Array.from({ length: ITEMS }, () => 0.3 * spread())
  const pairs = Array.from({ length: QUERIES }, () =>
    Array.from({ length: FOUND }, () => ({
      item: Math.floor(uniform() * ITEMS),
      match: uniform(),
      answers: strength * spread(),
    })),
  )
  const counts = new Map<string, number>()
  const none = indexCatalogue([])
  const values: Values = {
    ...{ items: none, users: none, bucketsOf: () => [] },
    stateOf: ({ event }, id) => counts.get(`${event} ${id}`) ?? null,
  }
  const count = (event: string, id: string) =>
    counts.set(`${event} ${id}`, (counts.get(`${event} ${id}`) ?? 0) + 1)
  return Array.from({ length: ROWS }, (_, n) => {
    const query = Math.floor(uniform() * QUERIES)
    const { item, match, answers } = pairs[query]![Math.floor(uniform() * FOUND)]!
    const row = makeImpression({
      ...{ timeMs: DAY0_MS + n * MINUTE_MS, user: `u${n % USERS}`, item: `i${item}` },
      context: JSON.stringify({ query: `q${query}`, match }),
    })
    const cells = featureCells([...OTHERS, ...RATE], row, values)
    const logit = -1.6 + 1.5 * match + quality[item]! + answers
    const label = uniform() < sigmoid(logit) ? 1 : 0
    const pair = `q${query}${VALUE_SEPARATOR}i${item}`
    count('impression', pair)
    if (label === 1) count('click', pair)
    return {
      ...{ sample: `s${n}`, timeMs: row.timeMs, user: row.user, item: row.item, label },
      ...{ value: null, isMature: true, known: 1, logOddsCorrection: 0, weight: 1, trust: 1 },
      ...{ position: null, propensity: null, release: null, ...cells },
    } as SampleRow
  })
}

/** As the model of the scene `search`. */
const MODEL = {
  ...{ kind: 'logistic' as const, hashBits: 18, alpha: 0.1, beta: 1, l1: 0.1, l2: 1, seed: 11 },
  youngLabels: 'none' as const,
}
const gainOf = (strength: number) => heldOutGain(makeLog(strength), OTHERS, RATE, MODEL)

test("Where items answer beyond their text, the pair's rate lowers log loss", async () => {
  const { low, mean } = await gainOf(1)
  expect(low).toBeGreaterThan(0)
  expect(mean).toBeGreaterThan(0.01)
})

test("Where only text matters, the pair's rate changes almost nothing", async () => {
  const { low, high } = await gainOf(0)
  expect(low).toBeLessThan(0)
  for (const end of [low, high]) expect(Math.abs(end)).toBeLessThan(0.003)
})
