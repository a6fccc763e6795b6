import { type SkipGramMatrices, type SkipGramShape, sharedNegatives } from './skip-gram.ts'

/** skip-gram.wat in plain TypeScript, operation by operation: the same bits. */

const f32 = Math.fround
const WIDEST = f32(4.96)
/** Rows of `out` that one step reads and moves. */
const ROWS = 4

/** 1 / (1 + e^-z), by the continued fraction of tanh(z / 2) to x^7 (Lambert 1770). */
function sigmoid(z: number): number {
  const x = Math.max(-WIDEST, Math.min(WIDEST, f32(z * 0.5)))
  const s = f32(x * x)
  const over = f32(135135 + f32(s * f32(17325 + f32(s * f32(378 + s)))))
  const under = f32(270270 + f32(s * f32(124740 + f32(s * f32(6300 + f32(s * 56))))))
  return f32(0.5 + f32(f32(x * over) / under))
}

/** In the kernel's order: eight sums, of every eighth product each, then pairs of them. */
function dot(a: Float32Array, b: Float32Array): number {
  const sums = new Float32Array(8)
  for (let i = 0; i < a.length; i++) sums[i % 8] = sums[i % 8]! + f32(a[i]! * b[i]!)
  const [s0, s1, s2, s3] = [0, 1, 2, 3].map((lane) => f32(sums[lane]! + sums[lane + 4]!)) as [
    number,
    number,
    number,
    number,
  ]
  return f32(f32(s0 + s2) + f32(s1 + s3))
}

/** Moves a row of `in` and four rows of `out`, which may be the same. */
function step(
  x: Float32Array,
  rows: readonly Float32Array[],
  labels: readonly number[],
  rates: readonly number[],
): void {
  const errors = rows.map((row, k) => f32(rates[k]! * f32(labels[k]! - sigmoid(dot(x, row)))))
  for (let i = 0; i < x.length; i++) {
    const before = x[i]!
    let after = before
    for (const [k, row] of rows.entries()) {
      const own = row[i]!
      after = f32(after + f32(errors[k]! * own))
      row[i] = f32(own + f32(errors[k]! * before))
    }
    x[i] = after
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
  for (let i = 0; i < walk.length; i++) {
    const near = around(walk, i, 1 + below(window))
    const count = sharedNegatives(near.length)
    const share = f32(f32(near.length * f32(negatives)) / count)
    const negativeRate = f32(rate * share)
    const targets = [...near, ...Array.from({ length: count }, draw)]
    for (let at = 0; at < targets.length; at += ROWS) {
      const isNear = [0, 1, 2, 3].map((k) => at + k < near.length)
      step(
        rowOf(inward, walk[i]!),
        targets.slice(at, at + ROWS).map((node) => rowOf(out, node)),
        isNear.map(Number),
        isNear.map((one) => (one ? rate : negativeRate)),
      )
    }
  }
}
