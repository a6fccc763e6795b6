import type { EmbeddingsDefinition } from '../contract/embeddings.ts'
import { type NodeVectors, trainDeepWalk } from './deepwalk/training.ts'
import { buildGraph } from './graph/build-graph.ts'
import type { Graph } from './graph/graph.ts'
import { isWithheldItem, withholdItems } from './keep-events.ts'
import type { World } from './read-world.ts'
import type { Interactions } from './recommend/interactions.ts'
import { type Split, splitLastOut } from './recommend/split.ts'

/** Of a whole window, and without what lists are judged by. */
export interface Both<T> {
  all: T
  heldOut: T
}

/** What each of the two spaces is trained on. */
export interface Lessons extends Both<Interactions> {
  /** What lists are judged by. */
  split: Split
  /** Events of the items that `heldOut` is without. */
  withheld: Interactions
}

/** `heldOut` lacks the last two new items of each judged user, and some items altogether. */
export function planLessons(interactions: Interactions): Lessons {
  const split = splitLastOut(interactions)
  const { training, withheld } = withholdItems(split.training)
  return { split, withheld, all: interactions, heldOut: training }
}

/** The two graphs that are trained on. */
export function buildGraphs(
  { items, documents }: Pick<World, 'items' | 'documents'>,
  { all, heldOut }: Both<Interactions>,
  { graph, seed }: EmbeddingsDefinition,
): Both<Graph> {
  const known = items.filter(({ id }) => !isWithheldItem(id))
  return {
    all: buildGraph({ interactions: all, items, documents }, graph, seed),
    heldOut: buildGraph({ interactions: heldOut, items: known, documents }, graph, seed),
  }
}

/** The trainings differ in their seed, too: how much they agree is the measure for two generations. */
export const trainingDefinitions = ({ dimensions, walks, seed }: EmbeddingsDefinition) => ({
  all: { dimensions, walks, seed },
  heldOut: { dimensions, walks, seed: seed + 1 },
})

/** Trains both spaces here, one after the other. The same graphs give the same bytes. */
export function trainSpaces(
  graphs: Both<Graph>,
  definition: EmbeddingsDefinition,
): Both<NodeVectors> {
  const definitions = trainingDefinitions(definition)
  const train = (which: keyof Both<Graph>): NodeVectors =>
    trainDeepWalk(graphs[which], definitions[which])
  return { heldOut: train('heldOut'), all: train('all') }
}
