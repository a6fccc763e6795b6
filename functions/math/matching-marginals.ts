/** Edges between numbered nodes. */
export interface MatchingEdges {
  a: Int32Array
  b: Int32Array
  nodes: number
}

const ROUNDS = 100
const CLOSE = 1e-6

/**
 * Probability of each edge in a random matching, whose probability is proportional to the product of its edges'
 * odds: belief propagation for monomers and dimers (Bayati, Gamarnik, Katz, Nair and Tetali 2007, "Simple
 * deterministic approximation algorithms for counting matchings", section 3). Exact in a forest, close elsewhere.
 * `odds` are finite and not negative, by edge. Time: 100 passes over the edges at most.
 */
export function matchingMarginals(
  { a, b, nodes }: MatchingEdges,
  odds: Float64Array,
): Float64Array {
  // Odds that an edge is taken, as one end sees it: against all other edges of that end.
  const [fromA, fromB] = [odds.slice(), odds.slice()]
  const incoming = new Float64Array(nodes)
  const update = (messages: Float64Array, ends: Int32Array, back: Float64Array): number => {
    incoming.fill(0)
    for (let edge = 0; edge < odds.length; edge++) {
      incoming[b[edge]!]! += fromA[edge]!
      incoming[a[edge]!]! += fromB[edge]!
    }
    let change = 0
    for (let edge = 0; edge < odds.length; edge++) {
      const others = Math.max(0, incoming[ends[edge]!]! - back[edge]!)
      const next = odds[edge]! / (1 + others)
      change = Math.max(change, Math.abs(next - messages[edge]!) / (1 + next))
      messages[edge] = next
    }
    return change
  }
  for (let round = 0; round < ROUNDS; round++) {
    const change = Math.max(update(fromA, a, fromB), update(fromB, b, fromA))
    if (change < CLOSE) break
  }
  return odds.map((own, edge) => {
    if (own === 0) return 0
    const taken = (fromA[edge]! / own) * fromB[edge]!
    return taken / (1 + taken)
  })
}
