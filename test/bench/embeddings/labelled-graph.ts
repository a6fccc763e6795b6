import { type Graph, NODE_KINDS } from '../../../functions/embeddings/graph/graph.ts'
import { fillAliasTable } from '../../../functions/math/alias.ts'
import { seededUniform } from '../../../functions/math/random.ts'

/** Nodes, edges and labels of BlogCatalog (Tang & Liu 2009), in round numbers. */
const NODES = 10_000
const EDGES = 300_000
const LABELS = 39
/** The chance of another label, after each, and the share of edges that join nodes of one label. */
const MORE_LABELS = 0.28
const WITHIN_LABEL = 0.25
/** The exponents of the sizes of labels and of the weights of nodes, by rank. */
const LABEL_SKEW = 0.9
const NODE_SKEW = 0.8

export interface LabelledGraph {
  graph: Graph
  /** n: the labels of each node, one or more. */
  labels: number[][]
}

/** A draw by weight, in constant time. */
function drawBy(weights: readonly number[], uniform: () => number): () => number {
  const table = new Uint32Array(2 * weights.length)
  fillAliasTable(table, weights)
  return () => {
    const at = Math.floor(uniform() * weights.length)
    return uniform() * 4294967296 < table[2 * at]! ? at : table[2 * at + 1]!
  }
}

function drawLabels(uniform: () => number): number[][] {
  const draw = drawBy(
    Array.from({ length: LABELS }, (_, rank) => (rank + 1) ** -LABEL_SKEW),
    uniform,
  )
  return Array.from({ length: NODES }, () => {
    const labels = new Set([draw()])
    while (uniform() < MORE_LABELS) labels.add(draw())
    return [...labels]
  })
}

/** A graph of items whose edges all weigh 1, from its compressed sparse rows. */
export const unitGraph = (offsets: Uint32Array, targets: Uint32Array): Graph => ({
  kinds: new Uint8Array(offsets.length - 1).fill(NODE_KINDS.indexOf('item')),
  ids: Array.from({ length: offsets.length - 1 }, (_, node) => String(node).padStart(6, '0')),
  offsets,
  targets,
  weights: new Float32Array(targets.length).fill(1),
})

/** From undirected edges, each once. */
function graphOf(nodes: number, edges: Iterable<readonly [number, number]>): Graph {
  const ends: number[][] = Array.from({ length: nodes }, () => [])
  for (const [a, b] of edges) {
    ends[a]!.push(b)
    ends[b]!.push(a)
  }
  const offsets = new Uint32Array(nodes + 1)
  ends.forEach(({ length }, node) => {
    offsets[node + 1] = offsets[node]! + length
  })
  return unitGraph(offsets, Uint32Array.from(ends.flatMap((own) => own.sort((a, b) => a - b))))
}

/**
 * A graph like BlogCatalog: a power law of degrees, and overlapping labels whose sizes follow another. An
 * edge joins a node with one of its label, or with any, by the nodes' weights.
 */
export function makeLabelledGraph(seed: number): LabelledGraph {
  const uniform = seededUniform(seed)
  const labels = drawLabels(uniform)
  const ranks = Array.from({ length: NODES }, (_, node) => node)
  for (let i = NODES - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    ;[ranks[i], ranks[j]] = [ranks[j]!, ranks[i]!]
  }
  const weights = ranks.map((rank) => (rank + 30) ** -NODE_SKEW)
  const drawNode = drawBy(weights, uniform)
  const members = Array.from({ length: LABELS }, (_, label) =>
    labels.flatMap((own, node) => (own.includes(label) ? [node] : [])),
  )
  const drawMember = members.map((nodes) =>
    drawBy(
      nodes.map((node) => weights[node]!),
      uniform,
    ),
  )
  const edges = new Map<number, readonly [number, number]>()
  while (edges.size < EDGES) {
    const a = drawNode()
    const label = labels[a]![Math.floor(uniform() * labels[a]!.length)]!
    const b = uniform() < WITHIN_LABEL ? members[label]![drawMember[label]!()]! : drawNode()
    if (a !== b) edges.set(Math.min(a, b) * NODES + Math.max(a, b), [a, b])
  }
  return { graph: graphOf(NODES, edges.values()), labels }
}
