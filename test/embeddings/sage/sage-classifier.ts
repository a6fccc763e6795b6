import {
  backward,
  forward,
  initialParameters,
  type SageBatch,
} from '../../../functions/embeddings/sage/network.ts'
import { createRowWriter } from '../../../functions/embeddings/sage/sparse-rows.ts'
import { adamStep, createAdam } from '../../../functions/math/adam.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import type { CitationGraph } from './planetoid.ts'

/** What a batch of nodes is computed from: rows of the nodes and of their neighbours. */
function batchOf(graph: CitationGraph, nodes: readonly number[]): SageBatch {
  const { words, offsets, targets } = graph
  const neighboursOf = (node: number): Uint32Array =>
    targets.subarray(offsets[node]!, offsets[node + 1]!)
  const needed = [...new Set(nodes.flatMap((node) => [node, ...neighboursOf(node)]))]
  const placeOf = new Map(needed.map((node, place) => [node, place]))
  const rows = createRowWriter(2 * words.columns)
  for (const node of needed) {
    const sums = new Map<number, number>()
    const add = (source: number, shift: number, weight: number): void => {
      for (let e = words.offsets[source]!; e < words.offsets[source + 1]!; e++) {
        const column = shift + words.indices[e]!
        sums.set(column, (sums.get(column) ?? 0) + weight * words.values[e]!)
      }
    }
    add(node, 0, 1)
    const own = neighboursOf(node)
    for (const neighbour of own) add(neighbour, words.columns, 1 / own.length)
    for (const [column, value] of sums) rows.add(column, value)
    rows.endRow()
  }
  const lists = nodes.map((node) => [...neighboursOf(node)].map((other) => placeOf.get(other)!))
  const ends = new Uint32Array(nodes.length + 1)
  for (const [n, list] of lists.entries()) ends[n + 1] = ends[n]! + list.length
  return {
    rows: rows.finish(),
    own: Uint32Array.from(nodes, (node) => placeOf.get(node)!),
    offsets: ends,
    neighbours: Uint32Array.from(lists.flat()),
  }
}

/** Softmax of each row minus the label, over the number of rows: the gradient of the mean log loss. */
function logLossGradient(outputs: Float32Array, labels: readonly number[], classes: number) {
  const gradient = new Float32Array(outputs.length)
  for (const [n, label] of labels.entries()) {
    const scores = outputs.subarray(n * classes, (n + 1) * classes)
    const most = Math.max(...scores)
    const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0)
    for (let c = 0; c < classes; c++)
      gradient[n * classes + c] =
        (Math.exp(scores[c]! - most) / sum - (c === label ? 1 : 0)) / labels.length
  }
  return gradient
}

const largest = (scores: ArrayLike<number>, from: number, count: number): number => {
  let best = 0
  for (let c = 1; c < count; c++) if (scores[from + c]! > scores[from + best]!) best = c
  return best
}
/** The share of rows whose greatest score is their label's. */
export const accuracyOf = (scores: ArrayLike<number>, labels: readonly number[], classes: number) =>
  labels.filter((label, n) => largest(scores, n * classes, classes) === label).length /
  labels.length

export interface SageOptions {
  hidden: number
  learningRate: number
  l2: number
  dropout: number
  epochs: number
  /** Epochs without a better validation before training ends. */
  patience: number
}

/** Trains on the training nodes; keeps the epoch that is best on the validation nodes. Accuracies of both. */
export function classifyBySage(graph: CitationGraph, options: SageOptions, seed: number) {
  const { labels, split, classes } = graph
  const labelsOf = (nodes: readonly number[]): number[] => nodes.map((node) => labels[node]!)
  const batches = {
    train: batchOf(graph, split.train),
    val: batchOf(graph, split.val),
    test: batchOf(graph, split.test),
  }
  const uniform = seededUniform(seed)
  const shape = { inputs: 2 * graph.words.columns, hidden: options.hidden, outputs: classes }
  const parameters = initialParameters(shape, uniform)
  const adam = createAdam(parameters.length)
  const scoreOn = (part: 'val' | 'test'): number => {
    const { outputs } = forward(parameters, shape, batches[part], null)
    return accuracyOf(outputs, labelsOf(split[part]), classes)
  }
  let best = { val: 0, test: 0, epoch: 0 }
  for (let epoch = 0; epoch < options.epochs && epoch - best.epoch <= options.patience; epoch++) {
    const pass = forward(parameters, shape, batches.train, { chance: options.dropout, uniform })
    const loss = logLossGradient(pass.outputs, labelsOf(split.train), classes)
    const gradients = backward(parameters, shape, batches.train, pass, loss)
    adamStep(adam, parameters, gradients, options.learningRate, options.l2)
    const val = scoreOn('val')
    if (val > best.val) best = { val, test: scoreOn('test'), epoch }
  }
  return best
}
