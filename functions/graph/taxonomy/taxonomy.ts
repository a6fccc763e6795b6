import { type Fact, RELATIONS } from '../../contract/claims.ts'
import { createCodes } from '../../core/codes.ts'
import { compareTexts } from '../claims/claim.ts'
import { AcyclicGraph, strongComponents } from './cycles.ts'

/** One entity of the taxonomy. */
export interface TaxonomyNode {
  id: string
  /** Directly broader and narrower ones, in code-unit order. */
  broader: readonly string[]
  narrower: readonly string[]
  /** The longest way up to a node without a broader one: 0 for that one. */
  depth: number
}

/** A fact that would close a cycle, and the cycle: from its subject upwards to its subject. */
interface BrokenEdge {
  narrower: string
  broader: string
  confidence: number
  cycle: readonly string[]
}

export interface Taxonomy {
  /** In code-unit order. */
  nodes: TaxonomyNode[]
  /** In the order in which they were found: by falling confidence. */
  broken: BrokenEdge[]
  /** Edges that other edges imply, and that were left out. */
  implied: number
  /** Facts below the least confidence, and of what is no entity. */
  ignored: number
}

interface Edge {
  from: number
  to: number
  confidence: number
}

/**
 * Adds edges, the strongest first, and leaves out each that would close a cycle: every cycle loses its weakest edge.
 * Nodes and edges in the order of their ids: the same facts give the same cycles.
 */
function breakCycles(ids: readonly string[], edges: readonly Edge[]) {
  const all: number[][] = ids.map(() => [])
  for (const { from, to } of edges) all[from]!.push(to)
  const graph = new AcyclicGraph(strongComponents(all).rank)
  const broken: BrokenEdge[] = []
  for (const { from, to, confidence } of edges) {
    const way = graph.add(from, to)
    if (way === null) continue
    broken.push({
      ...{ narrower: ids[from]!, broader: ids[to]!, confidence },
      cycle: [from, ...(from === to ? [] : way.slice(0, -1)), from].map((node) => ids[node]!),
    })
  }
  return { upwards: graph.targets, broken }
}

/** Of each node: the longest way up. Narrower nodes come after broader ones in `order`. */
function measureDepths(upwards: readonly (readonly number[])[]) {
  const narrower: number[][] = upwards.map(() => [])
  for (const [node, targets] of upwards.entries())
    for (const target of targets) narrower[target]!.push(node)
  const left = Uint32Array.from(upwards, ({ length }) => length)
  const order = [...left.keys()].filter((node) => left[node] === 0)
  const depth = new Uint32Array(upwards.length)
  for (let at = 0; at < order.length; at++)
    for (const node of narrower[order[at]!]!) {
      depth[node] = Math.max(depth[node]!, depth[order[at]!]! + 1)
      if (--left[node]! === 0) order.push(node)
    }
  return depth
}

/**
 * The edges of one node that no other way up implies (transitive reduction; Aho, Garey and Ullman 1972). An edge to a
 * node of the least depth among them cannot lead to another one, so the search goes up from the deepest alone.
 */
function directlyBroader(
  node: number,
  upwards: readonly (readonly number[])[],
  depth: Uint32Array,
): number[] {
  const targets = upwards[node]!
  if (targets.length < 2) return [...targets]
  const least = targets.reduce((d, target) => Math.min(d, depth[target]!), Number.MAX_SAFE_INTEGER)
  const implied = new Set<number>()
  const stack = [...targets]
  while (stack.length > 0)
    for (const above of upwards[stack.pop()!]!)
      if (depth[above]! >= least && !implied.has(above)) {
        implied.add(above)
        stack.push(above)
      }
  return targets.filter((target) => !implied.has(target))
}

/**
 * Entities in code-unit order, and the different edges between them, each with its highest confidence: the strongest
 * first, equal ones in the order of the ids.
 */
function edgesOf(facts: Iterable<Fact>, minConfidence: number) {
  const found: Fact[] = []
  let ignored = 0
  for (const fact of facts) {
    if (fact.relation !== RELATIONS.broader) continue
    if (fact.isEntity && fact.confidence >= minConfidence) found.push(fact)
    else ignored++
  }
  const ids = [
    ...new Set(found.flatMap(({ subject, object }) => [subject, object as string])),
  ].sort(compareTexts)
  const { codeOf } = createCodes()
  for (const id of ids) codeOf(id)
  const edges = new Map<number, Edge>()
  for (const { subject, object, confidence } of found) {
    const [from, to] = [codeOf(subject), codeOf(object as string)]
    const code = from * ids.length + to
    const best = Math.max(confidence, edges.get(code)?.confidence ?? 0)
    edges.set(code, { from, to, confidence: best })
  }
  const sorted = [...edges.values()].sort(
    (a, b) => b.confidence - a.confidence || a.from - b.from || a.to - b.to,
  )
  return { ids, edges: sorted, ignored }
}

/**
 * The taxonomy of a graph: its `broader` facts from `minConfidence` on. A cycle is broken at its weakest fact, and
 * reported; of equal ones it is the last in the order of the ids. Edges that others imply are left out. The same facts
 * in any order give the same taxonomy. O(facts · log facts) and the ancestors of each node with several broader ones.
 */
export function buildTaxonomy(facts: Iterable<Fact>, minConfidence = 0): Taxonomy {
  const { ids, edges, ignored } = edgesOf(facts, minConfidence)
  const { upwards, broken } = breakCycles(ids, edges)
  const depth = measureDepths(upwards)
  const direct = upwards.map((_, node) => directlyBroader(node, upwards, depth))
  const narrower: number[][] = ids.map(() => [])
  for (const [node, targets] of direct.entries())
    for (const target of targets) narrower[target]!.push(node)
  const named = (numbers: readonly number[]): string[] =>
    numbers.map((number) => ids[number]!).sort(compareTexts)
  return {
    nodes: ids.map((id, n) => ({
      ...{ id, broader: named(direct[n]!), narrower: named(narrower[n]!), depth: depth[n]! },
    })),
    ...{ broken, ignored },
    implied: edges.length - broken.length - direct.reduce((sum, { length }) => sum + length, 0),
  }
}

/** All entities above one, the nearest first, by distance and code-unit order. */
export function ancestorsOf(taxonomy: ReadonlyMap<string, TaxonomyNode>, id: string): string[] {
  const found = new Set<string>()
  let level = [id]
  while (level.length > 0) {
    const above = new Set(level.flatMap((node) => taxonomy.get(node)?.broader ?? []))
    level = [...above].filter((node) => !found.has(node)).sort(compareTexts)
    for (const node of level) found.add(node)
  }
  return [...found]
}
