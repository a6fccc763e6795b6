/**
 * Distances in a graph of links: one search in breadth from the first node, which is cached: all items of a slate are
 * asked for from one last item.
 */

/**
 * A search visits at most this many nodes, its start included, and the neighbours of a node in their order. A way
 * through a node that it does not visit counts as too long. The last link is looked up from the other end, so two items
 * with one brand are two links apart however many items the brand has.
 */
export const MAX_VISITED = 10_000
const MAX_CACHED = 256

/** Nodes by node and relation. */
export type Related = ReadonlyMap<number, ReadonlyMap<number, readonly number[]>>

/** The neighbours of each node in both directions, each once and ascending. */
function neighboursOf(nodes: number, related: Related, isUsed: (relation: number) => boolean) {
  const neighbours: number[][] = Array.from({ length: nodes }, () => [])
  for (const [node, byRelation] of related)
    for (const [relation, others] of byRelation)
      if (isUsed(relation))
        for (const other of others) {
          neighbours[node]!.push(other)
          neighbours[other]!.push(node)
        }
  return neighbours.map((own) => [...new Set(own)].sort((a, b) => a - b))
}

/** The hops to nodes within `maxHops`, at most MAX_VISITED of them, in the order of the search. */
function visit(
  neighbours: readonly (readonly number[])[],
  start: number,
  maxHops: number,
): Map<number, number> {
  const hops = new Map([[start, 0]])
  // A map's iterator also gives what is added while it runs: it is the queue.
  for (const [node, own] of hops) {
    if (own === maxHops) break
    for (const other of neighbours[node]!) {
      if (hops.size === MAX_VISITED) return hops
      if (!hops.has(other)) hops.set(other, own + 1)
    }
  }
  return hops
}

/** Answers the hops between two nodes, `maxHops` + 1 if there are more. */
export function openSearches(
  nodes: number,
  related: Related,
  relationOf: ReadonlyMap<string, number>,
) {
  const graphs = new Map<string, number[][]>()
  const visits = new Map<string, Map<number, number>>()
  const graphOf = (name: string, relations: readonly string[] | undefined): number[][] => {
    const known = graphs.get(name)
    if (known) return known
    const used = relations && new Set(relations.map((relation) => relationOf.get(relation)))
    const graph = neighboursOf(nodes, related, (relation) => !used || used.has(relation))
    graphs.set(name, graph)
    return graph
  }
  return (start: number, end: number, maxHops: number, relations?: readonly string[]): number => {
    if (start === end) return 0
    const name = relations?.join(' ') ?? ''
    const graph = graphOf(name, relations)
    const visitName = `${start} ${maxHops} ${name}`
    const reached = visits.get(visitName) ?? visit(graph, start, maxHops - 1)
    visits.delete(visitName)
    visits.set(visitName, reached)
    if (visits.size > MAX_CACHED) visits.delete(visits.keys().next().value!)
    let nearest = maxHops
    for (const node of graph[end]!) nearest = Math.min(nearest, reached.get(node) ?? maxHops)
    return nearest + 1
  }
}
