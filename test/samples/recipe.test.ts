import { describe, expect, test } from 'vitest'
import type { Scene } from '../../functions/contract/scene.ts'
import { recipeDigest, recipeOf } from '../../functions/samples/recipe.ts'
import { makeScene } from '../make/scene.ts'

/** Everything that a scene can say, a cross and a second outcome among it. */
const scene = makeScene({
  objective: 'purchase',
  outcomes: {
    click: { attributionWindowMinutes: 30 },
    purchase: {
      attributionWindowMinutes: 1440,
      maturityHours: 12,
      delay: [
        [10, 0.5],
        [1440, 1],
      ],
    },
  },
  features: [
    { name: 'item', kind: 'category', of: 'item.id' },
    { name: 'hour', kind: 'category', of: 'time.hour-of-day' },
    { name: 'clicks', kind: 'count', entity: 'user', event: 'click', windowHours: 24 },
    {
      name: 'rate',
      kind: 'rate',
      entity: 'item',
      outcome: 'click',
      windowHours: 48,
      priorRate: 0.1,
      priorStrength: 10,
    },
    { name: 'item_x_hour', kind: 'cross', of: ['item', 'hour'] },
  ],
  canary: { share: 0.1, seed: 1, hours: 6, minUsers: 10 },
})

type Path = readonly (string | number)[]
function leavesOf(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path]
  const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value)
  return keys.flatMap((key) =>
    leavesOf((value as Record<string | number, unknown>)[key], [...path, key]),
  )
}
/** The scene with one leaf changed. */
function changedAt(path: Path): Scene {
  const copy = structuredClone(scene)
  let at = copy as unknown as Record<string | number, unknown>
  for (const key of path.slice(0, -1)) at = at[key] as typeof at
  const last = path.at(-1)!
  const value = at[last]
  at[last] =
    typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value}x`
  return copy
}
/** What samples are made by, said once more and in another way; a cross that is none any more counts. */
const COUNTS =
  /^(objective|outcomes\.purchase\..*|features\.([0-3]\..*|4\.kind)|sampling\.(negativeRate|seed)|latenessMinutes|nearLineSeconds|tiers\.hourly\.minuteUtc)$/

describe('The recipe of samples', () => {
  const leaves = leavesOf(scene)

  test('The recipe digest changes with each sample setting and no other', () => {
    const counted = leaves.filter((path) => COUNTS.test(path.join('.')))
    expect(counted.length).toBeGreaterThan(20)
    expect(leaves.length - counted.length).toBeGreaterThan(40)
    for (const path of leaves) {
      const isOther = recipeDigest(changedAt(path)) !== recipeDigest(scene)
      expect(isOther, path.join('.')).toBe(counted.includes(path))
    }
  })

  test('The recipe digest depends on the order of the features', () => {
    const features = scene.features.toReversed()
    expect(recipeDigest({ ...scene, features })).not.toBe(recipeDigest(scene))
  })

  test('The recipe digest covers every part of the recipe', () => {
    const parts = Object.keys(recipeOf(scene)).sort()
    expect(parts).toEqual(['features', 'objective', 'outcome', 'sampling', 'visibility'])
  })
})
