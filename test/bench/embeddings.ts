import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTraining,
  type TrainingDefinition,
} from '../../functions/embeddings/deepwalk/training.ts'
import type { Graph } from '../../functions/embeddings/graph/graph.ts'
import { readCitations } from '../embeddings/sage/planetoid.ts'
import type { Comparison } from './comparison.ts'
import { classifyNodes, halveNodes } from './embeddings/classify-nodes.ts'
import { makeLabelledGraph, unitGraph } from './embeddings/labelled-graph.ts'

const PYTHON = process.env['BENCH_PYTHON'] ?? 'python3'
const WINDOWS = [5, 10]
/** Halvings of the nodes that a figure is the mean of. */
const HALVINGS = [1, 2]
/** DeepWalk's published accuracy on Cora's standard split (Yang, Cohen & Salakhutdinov 2016, table 3). */
const CORA = 0.672

interface Trained {
  rows: Float32Array
  wordsPerSecond: number
}

const definitionOf = (window: number): TrainingDefinition => ({
  ...{ dimensions: 128, seed: 1 },
  walks: { perNode: 10, length: 40, window, negatives: 5, learningRate: 0.025 },
})

/** Processor time is measured: the peer's is, too, and other processes disturb it less. Walks are in it. */
function train(graph: Graph, definition: TrainingDefinition): Trained {
  const training = createTraining(graph, definition)
  const before = process.cpuUsage()
  training.run(training.stepsTotal)
  const { user, system } = process.cpuUsage(before)
  const words = training.stepsTotal * definition.walks.length
  return { rows: training.vectors().in, wordsPerSecond: (words * 1e6) / (user + system) }
}

/** gensim's training on walks of its own, or why there is none. Its walks are not measured. */
function trainPeer({ offsets, targets }: Graph, definition: TrainingDefinition): Trained | string {
  const folder = mkdtempSync(join(tmpdir(), 'deep-walk-'))
  try {
    writeFileSync(join(folder, 'offsets.u32'), offsets)
    writeFileSync(join(folder, 'targets.u32'), targets)
    const settings = JSON.stringify({ dimensions: definition.dimensions, ...definition.walks })
    const script = join(import.meta.dirname, 'embeddings', 'deep-walk-peer.py')
    const printed = execFileSync(PYTHON, [script, folder, settings], {
      env: { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const { buffer, byteOffset, length } = readFileSync(join(folder, 'vectors.f32'))
    const bytes = buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer
    return { rows: new Float32Array(bytes), wordsPerSecond: JSON.parse(String(printed)) as number }
  } catch {
    return `${PYTHON} has no gensim and numpy (pip install gensim; BENCH_PYTHON names another)`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** F1 of labels from half of the nodes' vectors: mean of some halvings. */
function meanF1({ rows }: Trained, labels: readonly number[][]): { micro: number; macro: number } {
  const vectors = { rows, dimensions: rows.length / labels.length }
  const found = HALVINGS.map((seed) =>
    classifyNodes(vectors, labels, halveNodes(labels.length, seed)),
  )
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  return {
    micro: mean(found.map(({ micro }) => micro)),
    macro: mean(found.map(({ macro }) => macro)),
  }
}

/** Accuracy on the 1,000 test papers, from 140 labelled ones: vectors of the links alone. */
function classifyCora(folder: string): Comparison {
  const { offsets, targets, labels, split } = readCitations(folder, 'cora')
  const walks = { perNode: 80, length: 40, window: 10, negatives: 5, learningRate: 0.025 }
  const { rows } = train(unitGraph(offsets, targets), { dimensions: 128, walks, seed: 1 })
  const topics = Array.from(labels, (label) => [label])
  const halves = [Uint32Array.from(split.train), Uint32Array.from(split.test)] as const
  const { micro } = classifyNodes({ rows, dimensions: 128 }, topics, halves)
  return {
    ...{ what: "DeepWalk, Cora's topics, standard split", unit: 'accuracy', ours: micro },
    ...{ peer: 'published', peers: CORA },
  }
}

/** DeepWalk beside gensim's: words a second on one thread, and how well its vectors tell the labels of nodes. */
export function benchEmbeddings(): Comparison[] {
  const { graph, labels } = makeLabelledGraph(1)
  const folder = process.env['QUARTERMASTER_DATA']
  const compared = WINDOWS.flatMap((window): Comparison[] => {
    const definition = definitionOf(window)
    const peer = trainPeer(graph, definition)
    if (typeof peer === 'string') {
      process.stdout.write(`DeepWalk beside gensim: skipped, ${peer}\n`)
      return []
    }
    const own = train(graph, definition)
    const [f1, peerF1] = [meanF1(own, labels), meanF1(peer, labels)]
    const what = `DeepWalk, 128 dimensions, window ${window}`
    return [
      {
        ...{ what, unit: 'words/s', ours: own.wordsPerSecond },
        ...{ peer: 'gensim', peers: peer.wordsPerSecond },
        note: 'one thread, processor time; ours makes its walks in it',
      },
      { what, unit: 'micro F1', ours: f1.micro, peer: 'gensim', peers: peerF1.micro },
      { what, unit: 'macro F1', ours: f1.macro, peer: 'gensim', peers: peerF1.macro },
    ]
  })
  if (folder) compared.push(classifyCora(folder))
  else process.stdout.write('DeepWalk: QUARTERMASTER_DATA names no folder of public data\n')
  return compared
}
