import type { EmbeddingsDefinition } from '../contract/embeddings.ts'
import type { PlacementChoice } from '../contract/space-comparison.ts'
import type { SpaceTables } from './align/space-tables.ts'
import { contentById, mergeTables } from './make-tables.ts'
import { choosePlacement } from './placement/choose-placement.ts'
import {
  learnPlacement,
  type PlacementModels,
  type PlacementWay,
} from './placement/learn-placement.ts'
import { placeNewcomers } from './placement/place-newcomers.ts'
import { smoothedOut } from './placement/smooth-users.ts'
import type { World } from './read-world.ts'
import type { Interactions } from './recommend/interactions.ts'
import type { Lessons } from './train-spaces.ts'

type Definition = Pick<EmbeddingsDefinition, 'contentDimensions' | 'seed'>

/** Models of one way, and the space with the users' `out` where that way needs it. */
export function learnToPlace(
  space: SpaceTables,
  interactions: Interactions,
  way: PlacementWay,
  { contentDimensions, seed }: Definition,
): { tables: SpaceTables; models: PlacementModels } {
  const models = learnPlacement({ ...space, contentDimensions }, interactions, way, seed)
  if (way === 'first-users') return { tables: space, models }
  const out = smoothedOut(interactions, space)
  return { tables: { ...space, users: { ...space.users, out } }, models }
}

/**
 * Chooses how new items are placed, on the items that a space was trained without. Returns that space with these items
 * placed in it, too: lists are judged on it.
 */
export function choosePlacementWay(
  space: SpaceTables,
  { heldOut, withheld }: Pick<Lessons, 'heldOut' | 'withheld'>,
  { items }: Pick<World, 'items'>,
  definition: Definition,
): { way: PlacementWay; choice: PlacementChoice; tables: SpaceTables } {
  const { contentDimensions, seed } = definition
  const out = new Set(withheld.items)
  const content = contentById(items.filter(({ id }) => out.has(id)))
  const trial = { training: heldOut, withheld, content, seed }
  const { way, reason, figures } = choosePlacement({
    ...trial,
    space: { ...space, contentDimensions },
  })
  const { tables, models } = learnToPlace(space, heldOut, way, definition)
  const input = { ...tables, contentDimensions, interactions: withheld, content }
  const placed = placeNewcomers(models, input).items
  return {
    way,
    choice: { way, reason, ...figures },
    tables: { ...space, items: mergeTables(space.items, placed) },
  }
}
