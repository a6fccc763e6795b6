import type { Attributes } from '../../contract/attributes.ts'
import type { GraphDefinition } from '../../contract/embeddings.ts'
import { createCodes } from '../../core/codes.ts'
import { textsOf } from '../../features/sources.ts'

/** What the graph takes from the statement about an item or a document. Ids are unique. */
export interface Described {
  id: string
  attributes: Attributes
}

/** Edges between items and what describes them, in columns. */
export interface DescribingEdges {
  items: readonly string[]
  /** Ids of the other ends: `<attribute>=<value>`, or documents'. */
  nodes: readonly string[]
  /** By edge: the places of its ends in these lists. */
  item: Uint32Array
  node: Uint32Array
  /** By edge: the share of the item's weight for edges of this kind. At most 1 in all for an item. */
  share: Float32Array
}

/** Values of one attribute of one item that count, in code-unit order. */
const MAX_VALUES = 16

/** Each different pair once. `visit` is called with all pairs, in the order of the edges. */
function collectEdges(visit: (add: (item: string, node: string) => void) => void) {
  const [items, nodes] = [createCodes(), createCodes()]
  const [item, node]: [number[], number[]] = [[], []]
  visit((itemId, nodeId) => {
    item.push(items.codeOf(itemId))
    node.push(nodes.codeOf(nodeId))
  })
  const columns = { item: Uint32Array.from(item), node: Uint32Array.from(node) }
  return { items: items.texts, nodes: nodes.texts, ...columns }
}
const countCodes = (codes: Uint32Array, count: number): Uint32Array => {
  const counts = new Uint32Array(count)
  for (const code of codes) counts[code]!++
  return counts
}

/** The edges with a share. */
function withShares(
  { items, nodes, item, node }: Omit<DescribingEdges, 'share'>,
  shareOf: (edge: number) => number,
): DescribingEdges {
  const shares = Float32Array.from(item, (_, edge) => shareOf(edge))
  const isKept = (_: number, edge: number): boolean => shares[edge]! > 0
  return {
    ...{ items, nodes },
    item: item.filter(isKept),
    node: node.filter(isKept),
    share: shares.filter((share) => share > 0),
  }
}

/**
 * Edges from items to the values of their attributes. A value counts log(items / its items): one that all items have
 * says nothing, and one of a single item leads nowhere; neither has an edge. An item whose values together say less
 * than the mean has less than its whole share.
 */
export function attributeEdges(
  items: readonly Described[],
  { attributes }: Pick<GraphDefinition, 'attributes'>,
): DescribingEdges {
  const names = [...new Set(attributes)].sort()
  const edges = collectEdges((add) => {
    for (const { id, attributes: own } of items)
      for (const name of names)
        if (Object.hasOwn(own, name))
          for (const value of textsOf(own[name]!).sort().slice(0, MAX_VALUES))
            add(id, `${name}=${value}`)
  })
  const counts = countCodes(edges.node, edges.nodes.length)
  const says = Float64Array.from(counts, (count) =>
    count < 2 ? 0 : Math.log(items.length / count),
  )
  const totals = new Float64Array(edges.items.length)
  for (const [edge, item] of edges.item.entries()) totals[item]! += says[edges.node[edge]!]!
  const described = totals.filter((total) => total > 0)
  const mean = described.reduce((sum, total) => sum + total, 0) / described.length
  return withShares(
    edges,
    (edge) => says[edges.node[edge]!]! / Math.max(totals[edges.item[edge]!]!, mean),
  )
}

/** Edges from known items to the documents that name them. Documents of one item share its weight equally. */
export function documentEdges(
  documents: readonly Described[],
  { documentItem }: Pick<GraphDefinition, 'documentItem'>,
  isKnown: (item: string) => boolean,
): DescribingEdges {
  const edges = collectEdges((add) => {
    for (const { id, attributes } of documents)
      if (documentItem !== undefined && Object.hasOwn(attributes, documentItem))
        for (const item of textsOf(attributes[documentItem]!)) if (isKnown(item)) add(item, id)
  })
  const counts = countCodes(edges.item, edges.items.length)
  return withShares(edges, (edge) => 1 / counts[edges.item[edge]!]!)
}
