/** The kinds of nodes. The order is part of the graph's digest. */
export const NODE_KINDS = ['user', 'item', 'document', 'attribute'] as const
export type NodeKind = (typeof NODE_KINDS)[number]

/**
 * An undirected weighted graph in compressed sparse rows. The edges of node i are `targets` and `weights`
 * from offsets[i] to offsets[i + 1], targets ascending. Each edge is stored at both of its ends. Nodes are in
 * the order of their kinds, within a kind in the order of their ids by code units. So equal edges in any order
 * give equal graphs.
 */
export interface Graph {
  /** n: the node's kind, an index of NODE_KINDS. */
  kinds: Uint8Array
  /** n: unique within a kind. An attribute node is `<attribute>=<value>`. */
  ids: readonly string[]
  /** n + 1. */
  offsets: Uint32Array
  targets: Uint32Array
  weights: Float32Array
}
