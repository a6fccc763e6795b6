import { describe, expect, test } from 'vitest'
import { alignAttributes } from '../../../functions/graph/resolution/attribute-kinds.ts'
import { findCandidates } from '../../../functions/graph/resolution/candidates.ts'
import { prepare } from '../../../functions/graph/resolution/prepare.ts'
import { resolve } from '../../../functions/graph/resolution/resolve.ts'
import { resolveOne } from '../../../functions/graph/resolution/resolve-one.ts'
import { type EntityPairs, scorePairs } from '../../make/entity-pairs.ts'
import { dblpAcm } from '../../make/entity-pairs-papers.ts'
import { abtBuy, walmartAmazon } from '../../make/entity-pairs-shops.ts'
import { amazonGoogle } from '../../make/entity-pairs-software.ts'

/** Imitations of public collections, a part of their size, and what is expected of one configuration. */
const IMITATIONS: [
  make: (seed: number, scale: number) => EntityPairs,
  scale: number,
  f1: number,
][] = [
  [abtBuy, 0.5, 0.88],
  [amazonGoogle, 0.4, 0.68],
  [dblpAcm, 0.25, 0.97],
  [walmartAmazon, 0.08, 0.72],
]

/** The share of the matches that blocking keeps. */
function blockingRecall({ left, right, matches }: EntityPairs): number {
  const pair = prepare(left, right, alignAttributes(left, right))
  const candidates = findCandidates(pair)
  const [ids, others] = pair.sides.map((side) => side.ids) as [string[], string[]]
  const found = [...candidates.left].map((at, i) => ({
    left: ids[at]!,
    right: others[candidates.right[i]!]!,
  }))
  return scorePairs(found, matches).recall
}

describe('Resolution without labels', () => {
  for (const [make, scale, least] of IMITATIONS)
    test(`One configuration resolves ${make.name}`, () => {
      const pairs = make(3, scale)
      const { matches, model } = resolve(pairs)
      const { f1 } = scorePairs(matches, pairs.matches)
      expect(f1).toBeGreaterThan(least)
      // The model knows about how good it is.
      expect(Math.abs(model.expectedF1 - f1)).toBeLessThan(0.15)
    })

  test('Blocking keeps nearly all matches', () => {
    for (const [make, scale] of IMITATIONS)
      expect(blockingRecall(make(4, scale / 2)), make.name).toBeGreaterThan(0.96)
  })

  test('Probabilities of merged pairs are honest', () => {
    const pairs = abtBuy(5, 0.5)
    const { matches } = resolve(pairs)
    const expected = matches.reduce((sum, { probability }) => sum + probability, 0) / matches.length
    expect(Math.abs(scorePairs(matches, pairs.matches).precision - expected)).toBeLessThan(0.06)
  })

  test('Two sources in one list are found again', () => {
    const { left, right, matches } = dblpAcm(6, 0.2)
    const { groups } = resolveOne([...left, ...right])
    const found = groups.flatMap((ids) =>
      ids.flatMap((a, at) => ids.slice(at + 1).map((b) => ({ left: a, right: b }))),
    )
    expect(scorePairs(found, matches).f1).toBeGreaterThan(0.93)
  })
})
