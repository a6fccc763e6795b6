import { factorize, solve } from '../../../functions/math/cholesky.ts'
import type { CitationGraph } from './planetoid.ts'
import { accuracyOf } from './sage-classifier.ts'

/** One hop: each row becomes the weighted mean of its own and its neighbours', D^−½(A + I)D^−½X (Wu et al. 2019). */
function smooth({ nodes, offsets, targets }: CitationGraph, x: Float32Array, columns: number) {
  const degree = (node: number): number => 1 + offsets[node + 1]! - offsets[node]!
  const smoothed = new Float32Array(x.length)
  for (let node = 0; node < nodes; node++) {
    const at = node * columns
    const add = (other: number): void => {
      const weight = 1 / Math.sqrt(degree(node) * degree(other))
      const from = other * columns
      for (let c = 0; c < columns; c++) smoothed[at + c]! += weight * x[from + c]!
    }
    add(node)
    for (let e = offsets[node]!; e < offsets[node + 1]!; e++) add(targets[e]!)
  }
  return smoothed
}

function denseWords({ nodes, words }: CitationGraph): Float32Array {
  const dense = new Float32Array(nodes * words.columns)
  for (let node = 0; node < nodes; node++)
    for (let e = words.offsets[node]!; e < words.offsets[node + 1]!; e++)
      dense[node * words.columns + words.indices[e]!] = words.values[e]!
  return dense
}

/** Rows of some nodes, each at length 1. */
function unitRows(x: Float32Array, columns: number, nodes: readonly number[]): Float32Array[] {
  return nodes.map((node) => {
    const row = x.slice(node * columns, (node + 1) * columns)
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
    return norm > 0 ? row.map((value) => value / norm) : row
  })
}

const kernelOf = (a: readonly Float32Array[], b: readonly Float32Array[]): Float64Array => {
  const kernel = new Float64Array(a.length * b.length)
  for (const [i, x] of a.entries())
    for (const [j, y] of b.entries()) {
      let sum = 0
      for (let c = 0; c < x.length; c++) sum += x[c]! * y[c]!
      kernel[i * b.length + j] = sum
    }
  return kernel
}

const PENALTIES = [0.1, 0.3, 1, 3]

interface Kernels {
  own: Float64Array
  toVal: Float64Array
  toTest: Float64Array
}

/** Scores of the classes by kernel ridge regression on the training labels: rows × classes. */
function fitClasses(
  own: Float64Array,
  labels: readonly number[],
  classes: number,
  penalty: number,
) {
  const n = labels.length
  const factor = own.slice()
  let trace = 0
  for (let i = 0; i < n; i++) trace += own[i * (n + 1)]!
  for (let i = 0; i < n; i++) factor[i * (n + 1)]! += (penalty * trace) / n
  const weights = new Float64Array(n * classes).fill(-1 / classes)
  for (const [i, label] of labels.entries()) weights[i * classes + label]! += 1
  factorize(factor, n)
  solve(factor, n, weights, classes)
  return (kernel: Float64Array): Float64Array =>
    Float64Array.from({ length: (kernel.length / n) * classes }, (_, at) => {
      const [row, c] = [Math.floor(at / classes), at % classes]
      let sum = 0
      for (let i = 0; i < n; i++) sum += kernel[row * n + i]! * weights[i * classes + c]!
      return sum
    })
}

/**
 * The untrained rival: words smoothed over k hops, each row at length 1, and ridge regression on the classes, in its
 * dual form: there are fewer training nodes than words. Hops and penalty are those that are best on the validation
 * nodes; of equal ones, the first. Test nodes choose nothing. It has no seed.
 */
export function classifyBySmoothing(graph: CitationGraph, hopsToTry: readonly number[]) {
  const { labels, split, classes, words } = graph
  const labelsOf = (nodes: readonly number[]): number[] => nodes.map((node) => labels[node]!)
  let x = denseWords(graph)
  const kernels = (): Kernels => {
    const rows = (nodes: readonly number[]) => unitRows(x, words.columns, nodes)
    const train = rows(split.train)
    return {
      own: kernelOf(train, train),
      toVal: kernelOf(rows(split.val), train),
      toTest: kernelOf(rows(split.test), train),
    }
  }
  let best = { val: 0, hops: 0, penalty: 0, test: 0 }
  for (let hops = 1; hops <= Math.max(...hopsToTry); hops++) {
    x = smooth(graph, x, words.columns)
    if (!hopsToTry.includes(hops)) continue
    const { own, toVal, toTest } = kernels()
    for (const penalty of PENALTIES) {
      const scores = fitClasses(own, labelsOf(split.train), classes, penalty)
      const val = accuracyOf(scores(toVal), labelsOf(split.val), classes)
      if (val <= best.val) continue
      const test = accuracyOf(scores(toTest), labelsOf(split.test), classes)
      best = { val, hops, penalty, test }
    }
  }
  return best
}
