/**
 * Values by place with their least one at hand. Each inner node of a binary tree holds the lesser of its
 * two children, so a change costs O(log n). Equal values: the first place.
 */
export class MinTree {
  readonly #leaves: number
  readonly #nodes: Float64Array

  constructor(values: Float64Array) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, values.length)))
    this.#nodes = new Float64Array(2 * this.#leaves).fill(Number.POSITIVE_INFINITY)
    this.#nodes.set(values, this.#leaves)
    for (let node = this.#leaves - 1; node > 0; node--)
      this.#nodes[node] = Math.min(this.#nodes[2 * node]!, this.#nodes[2 * node + 1]!)
  }

  get least(): number {
    return this.#nodes[1]!
  }

  valueAt(place: number): number {
    return this.#nodes[this.#leaves + place]!
  }

  placeOfLeast(): number {
    const { least } = this
    let node = 1
    while (node < this.#leaves) node = this.#nodes[2 * node] === least ? 2 * node : 2 * node + 1
    return node - this.#leaves
  }

  set(place: number, value: number): void {
    const nodes = this.#nodes
    let node = this.#leaves + place
    nodes[node] = value
    for (node >>= 1; node > 0; node >>= 1) {
      const least = Math.min(nodes[2 * node]!, nodes[2 * node + 1]!)
      if (nodes[node] === least) return
      nodes[node] = least
    }
  }
}
