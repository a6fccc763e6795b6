import { expect, test } from 'vitest'
import { choosePlacement } from '../../../functions/embeddings/placement/choose-placement.ts'
import {
  isWithheld,
  splitNewItems,
} from '../../../functions/embeddings/placement/new-item-trial.ts'
import { drawLatentWorld, endless } from './latent-world.ts'

test('The way to place is chosen on withheld items', () => {
  const world = drawLatentWorld(2)
  const { way, reason, figures } = choosePlacement({
    ...{ space: world.space, training: world.training, withheld: endless(world.withheld) },
    ...{ content: world.content, seed: 1 },
  })
  const { ways } = figures
  expect(figures.items).toBe(40)
  expect(figures.users).toBeGreaterThan(250)
  expect(ways['first-users']!).toBeGreaterThan(figures.contentAlone!)
  expect(ways['first-users']!).toBeGreaterThan(figures.eventsAlone!)
  expect(ways[way]!).toBeGreaterThanOrEqual(ways['first-users']!)
  expect(reason.startsWith(way)).toBe(true)
})

test('Too few withheld items leave the simplest way', () => {
  const world = drawLatentWorld(3, 60, 60, 5)
  const chosen = choosePlacement({
    ...{ space: world.space, training: world.training, withheld: endless(world.withheld) },
    ...{ content: world.content, seed: 1 },
  })
  expect(chosen.way).toBe('first-users')
  expect(chosen.reason).toMatch(/^first-users: 5 withheld items .* expected at least 20 and 50$/)
})

test('First users of a new item are known, later ones judged', () => {
  const { known, later } = splitNewItems(
    endless([
      ['a', 'x', 5],
      ['b', 'x', 1],
      ['b', 'x', 9],
      ['c', 'x', 3],
      ['a', 'y', 2],
    ]),
    2,
  )
  // Item x: b and c came first; b came twice.
  expect([...known.offsets]).toEqual([0, 1, 3, 4])
  expect([...known.targets]).toEqual([1, 0, 0, 0])
  expect(later).toEqual([[0], [], []])
})

test('Items are withheld by their ids', () => {
  const ids = Array.from({ length: 2000 }, (_, n) => `item${n}`)
  const withheld = ids.filter((id) => isWithheld(id, 0.05))
  expect(withheld.length).toBeGreaterThan(60)
  expect(withheld.length).toBeLessThan(140)
})
