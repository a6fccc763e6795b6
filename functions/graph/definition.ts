import type { GraphSection } from '../contract/graph.ts'
import type { GraphDefinition } from '../contract/graph-objects.ts'
import { graphPk } from '../contract/graph-rows.ts'
import type { Scene } from '../contract/scene.ts'
import { InvalidInput } from '../core/errors.ts'
import type { GenerationList } from '../registry/generations.ts'

/**
 * The version of what this room computes. A change that makes another graph of the same claims, or other claims of the
 * same drops under the same extractor's name, raises it, and the next call builds a generation.
 */
const GRAPH_VERSION = 1

/** The list of a scene's graphs. */
export const graphList = (scene: string): GenerationList => ({
  pk: graphPk(scene),
  what: `graph of ${scene}`,
})

/** Throws InvalidInput where a scene has no section `graph`. */
function graphOf({ scene, graph }: Scene): GraphSection {
  if (graph) return graph
  throw new InvalidInput(`scene ${scene}: expected a section "graph"; nothing was built`)
}

/** What a scene's next graph is made by. */
export const definitionOf = (scene: Scene): GraphDefinition => ({
  graph: graphOf(scene),
  goneIf: [
    ...new Set([scene.documents?.goneIf, scene.search?.goneIf].flatMap((name) => name ?? [])),
  ].sort(),
  hasChunks: scene.documents !== undefined,
})

/** What a graph means. How often it is folded, and when it is refused, is no part of that. */
export function meaningOf({ graph, ...rest }: GraphDefinition): unknown {
  const { everyHours: _hours, gate: _gate, ...meaning } = graph
  return { ...rest, graph: meaning, version: GRAPH_VERSION }
}
