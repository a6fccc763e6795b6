import { type SkipGramMatrices, type SkipGramShape, sharedNegatives } from './skip-gram.ts'

/** skip-gram.wat in plain TypeScript, operation by operation: the same bits. */

const f32 = Math.fround
const WIDEST = f32(4.96)
/** Rows of `out` that one step reads and moves. */
const ROWS = 4
const LANES = 4

/** 1 / (1 + e^-z), by the continued fraction of tanh(z / 2) to x^7 (Lambert 1770). */
function sigmoid(z: number): number {
  const x = Math.max(-WIDEST, Math.min(WIDEST, f32(z * 0.5)))
  const s = f32(x * x)
  const over = f32(135135 + f32(s * f32(17325 + f32(s * f32(378 + s)))))
  const under = f32(270270 + f32(s * f32(124740 + f32(s * f32(6300 + f32(s * 56))))))
  return f32(0.5 + f32(f32(x * over) / under))
}

type Rows = readonly Float32Array[]

/** Of each row, four sums of every fourth product with x, in the kernel's order. */
const noSums = (rows: Rows): Float32Array[] => rows.map(() => new Float32Array(LANES))

/** Adds the products of one number with the rows' i-th, each rounded. */
function addProduct(sums: Rows, k: number, i: number, product: number): void {
  sums[k]![i % LANES] = sums[k]![i % LANES]! + product
}

/** How far each row's label is from its prediction, times its rate; 0 beyond the sigmoid's ends. */
const errorsOf = (sums: Rows, labels: readonly number[], rates: readonly number[]): number[] =>
  sums.map(([s0, s1, s2, s3], k) => {
    const product = f32(f32(s0! + s2!) + f32(s1! + s3!))
    if (!(Math.abs(product) < f32(9.92))) return 0
    return f32(rates[k]! * f32(labels[k]! - sigmoid(product)))
  })

/** Moves rows of `in`, one after the other, and four rows of `out` with each. Any may be the same. */
function step(inputs: Rows, rows: Rows, labels: readonly number[], rates: readonly number[]): void {
  let sums = noSums(rows)
  for (const [k, row] of rows.entries())
    for (const [i, own] of row.entries()) addProduct(sums, k, i, f32(inputs[0]![i]! * own))
  for (const [j, x] of inputs.entries()) {
    const errors = errorsOf(sums, labels, rates)
    sums = noSums(rows)
    const next = inputs[j + 1] ?? x
    for (let i = 0; i < x.length; i++) {
      const [before, ahead] = [x[i]!, next[i]!]
      let after = before
      for (const [k, row] of rows.entries()) {
        const own = row[i]!
        after = f32(after + f32(errors[k]! * own))
        row[i] = f32(own + f32(errors[k]! * before))
        addProduct(sums, k, i, f32(ahead * row[i]!))
      }
      x[i] = after
    }
  }
}

/** mulberry32 (Ettinger 2017): uniform in 0 to 2^32 - 1. */
function randomWords(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t)
    return (t ^ (t >>> 14)) >>> 0
  }
}

/** Nodes around the i-th of a walk, at most `span` away. */
function around(walk: Uint32Array, i: number, span: number): number[] {
  const near: number[] = []
  for (let j = Math.max(0, i - span); j <= Math.min(walk.length - 1, i + span); j++)
    if (j !== i) near.push(walk[j]!)
  return near
}

/** The twin of the kernel's `learn`: trains on one walk. */
export function learnWalk(
  { window, negatives }: SkipGramShape,
  { in: inward, out, noise, width }: SkipGramMatrices,
  walk: Uint32Array,
  seed: number,
  learningRate: number,
): void {
  const rate = f32(learningRate)
  const random = randomWords(seed)
  const below = (n: number): number => Math.trunc(random() * 2 ** -32 * n)
  const rowOf = (matrix: Float32Array, node: number) =>
    matrix.subarray(node * width, (node + 1) * width)
  const draw = (): number => {
    const node = below(noise.length / 2)
    return random() < noise[2 * node]! ? node : noise[2 * node + 1]!
  }
  if (walk.length < 2) return
  const count = sharedNegatives(negatives)
  const negativeRate = f32(rate * f32(f32(negatives) / count))
  for (let i = 0; i < walk.length; i++) {
    const near = around(walk, i, 1 + below(window)).map((node) => rowOf(inward, node))
    const targets = [walk[i]!, ...Array.from({ length: count }, draw)]
    for (let at = 0; at < targets.length; at += ROWS) {
      const isPositive = [0, 1, 2, 3].map((k) => at + k === 0)
      step(
        near,
        targets.slice(at, at + ROWS).map((node) => rowOf(out, node)),
        isPositive.map(Number),
        isPositive.map((one) => (one ? rate : negativeRate)),
      )
    }
  }
}
