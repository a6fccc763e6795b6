import { fillAliasTable } from '../../math/alias.ts'
import { finalize } from '../../math/hash.ts'
import { seededUniform } from '../../math/random.ts'
import type { Graph } from '../graph/graph.ts'

/** Random walks over a graph, made when they are asked for. */
export interface Walks {
  /** The walk that begins at a node in a pass: its nodes, written into `walk`. It ends early where an edge is missing. */
  from(node: number, pass: number, walk: Uint32Array): Uint32Array
  /** The nodes in the order in which a pass visits them. */
  orderOf(pass: number): Uint32Array
}

/** Salts, so that the streams of one seed differ. */
const [ORDER_SALT, WALK_SALT] = [0x9e3779b9, 0x85ebca6b]

/** The seed of one walk, and of what is drawn while it is learned from. */
export const walkSeed = (seed: number, pass: number, node: number): number =>
  finalize(finalize(finalize(seed ^ WALK_SALT) + pass) ^ node)

/**
 * First-order walks: the next node is drawn with the weight of the edge to it (Perozzi et al. 2014, "DeepWalk",
 * algorithm 1, with weights). Memory: 16 bytes an edge, besides the graph.
 */
export function openWalks({ offsets, targets, weights }: Graph, seed: number): Walks {
  const nodes = offsets.length - 1
  const edges = new Uint32Array(2 * targets.length)
  for (let node = 0; node < nodes; node++)
    fillAliasTable(edges, weights, offsets[node]!, offsets[node + 1]!)
  const draw = (node: number, uniform: () => number): number => {
    const from = offsets[node]!
    const edge = from + Math.floor(uniform() * (offsets[node + 1]! - from))
    return uniform() * 2 ** 32 < edges[2 * edge]! ? edge : edges[2 * edge + 1]!
  }
  return {
    from(node, pass, walk) {
      const uniform = seededUniform(walkSeed(seed, pass, node))
      walk[0] = node
      for (let at = 1; at < walk.length; at++) {
        const before = walk[at - 1]!
        if (offsets[before] === offsets[before + 1]) return walk.subarray(0, at)
        walk[at] = targets[draw(before, uniform)]!
      }
      return walk
    },
    orderOf(pass) {
      const uniform = seededUniform(finalize(finalize(seed ^ ORDER_SALT) + pass))
      const order = Uint32Array.from({ length: nodes }, (_, node) => node)
      for (let at = nodes - 1; at > 0; at--) {
        const other = Math.floor(uniform() * (at + 1))
        const moved = order[at]!
        order[at] = order[other]!
        order[other] = moved
      }
      return order
    },
  }
}
