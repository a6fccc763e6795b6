/**
 * Strong components of a graph given as lists of targets by node (Tarjan 1972), without recursion: a chain may be as
 * long as there are nodes. Returns the number of each node's component, and its rank in an order that only edges within
 * components go against: a node comes before its targets.
 */
export function strongComponents(targets: readonly (readonly number[])[]) {
  const count = targets.length
  const component = new Uint32Array(count)
  const order = new Uint32Array(count)
  const low = new Uint32Array(count)
  const next = new Uint32Array(count)
  const isOpen = new Uint8Array(count)
  const open: number[] = []
  const rank = new Uint32Array(count)
  let [visited, components, finished] = [0, 0, 0]
  const enter = (node: number): number => {
    order[node] = low[node] = ++visited
    isOpen[node] = 1
    return open.push(node)
  }
  for (let start = 0; start < count; start++) {
    if (order[start]! > 0) continue
    const path = [start]
    enter(start)
    while (path.length > 0) {
      const node = path.at(-1)!
      const target = targets[node]![next[node]!++]
      if (target !== undefined) {
        if (order[target] === 0) {
          path.push(target)
          enter(target)
        } else if (isOpen[target]) low[node] = Math.min(low[node]!, order[target]!)
        continue
      }
      path.pop()
      rank[node] = count - ++finished
      if (path.length > 0) low[path.at(-1)!] = Math.min(low[path.at(-1)!]!, low[node]!)
      if (low[node] !== order[node]) continue
      for (let member = -1; member !== node; ) {
        member = open.pop()!
        isOpen[member] = 0
        component[member] = components
      }
      components++
    }
  }
  return { component, rank }
}

/**
 * A graph without cycles that edges are added to. It keeps an order in which each node comes before its targets. An
 * edge against the order moves only nodes between its ends (Pearce and Kelly 2006, "A dynamic topological sort").
 */
export class AcyclicGraph {
  readonly targets: number[][]
  readonly #sources: number[][]
  readonly #rank: Uint32Array

  /** `rank`: a permutation. The fewer edges go against it, the less is moved. It is changed. */
  constructor(rank: Uint32Array) {
    this.targets = Array.from(rank, () => [])
    this.#sources = Array.from(rank, () => [])
    this.#rank = rank
  }

  /** Nodes on ways from a node within some ranks, with the node before each. */
  #search(from: number, edges: readonly number[][], isWithin: (rank: number) => boolean) {
    const before = new Map([[from, -1]])
    for (const node of before.keys())
      for (const next of edges[node]!)
        if (!before.has(next) && isWithin(this.#rank[next]!)) before.set(next, node)
    return before
  }

  /** Adds an edge. If it would close a cycle, the graph stays, and the way back from `to` to `from` is returned. */
  add(from: number, to: number): number[] | null {
    if (from === to) return [from]
    const [low, high] = [this.#rank[to]!, this.#rank[from]!]
    if (low < high) {
      const after = this.#search(to, this.targets, (rank) => rank <= high)
      if (after.has(from)) {
        const way: number[] = []
        for (let node = from; node !== -1; node = after.get(node)!) way.push(node)
        return way.reverse()
      }
      const before = this.#search(from, this.#sources, (rank) => rank >= low)
      this.#reorder([...before.keys()], [...after.keys()])
    }
    this.targets[from]!.push(to)
    this.#sources[to]!.push(from)
    return null
  }

  /** Gives both groups their ranks again, the first group first, each in its own order. */
  #reorder(before: number[], after: number[]): void {
    const byRank = (a: number, b: number): number => this.#rank[a]! - this.#rank[b]!
    const nodes = [...before.sort(byRank), ...after.sort(byRank)]
    const ranks = Uint32Array.from(nodes, (node) => this.#rank[node]!).sort()
    for (const [at, node] of nodes.entries()) this.#rank[node] = ranks[at]!
  }
}
