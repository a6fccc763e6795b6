import type { WalkDefinition } from '../../contract/embeddings.ts'
import {
  WALK_CHECKPOINT_FORMAT_VERSION,
  WALK_CHECKPOINT_MAGIC,
  type WalkCheckpointHeader,
  walkCheckpointHeaderSchema,
} from '../../contract/walk-checkpoint.ts'
import { digestOf } from '../../core/digest.ts'
import { CorruptArtifact } from '../../core/errors.ts'
import { type ArtifactFormat, decodeSections, encodeSections } from '../../core/sections.ts'
import { fillAliasTable } from '../../math/alias.ts'
import { finalize } from '../../math/hash.ts'
import { seededUniform } from '../../math/random.ts'
import { SkipGram, skipGramBytes } from '../../math/skip-gram.ts'
import { graphDigest } from '../graph/encode-graph.ts'
import type { Graph } from '../graph/graph.ts'
import { openWalks, walkSeed } from './walks.ts'

/** How a space is trained. */
export interface TrainingDefinition {
  dimensions: number
  walks: WalkDefinition
  seed: number
}
/** Two vectors a node, in the order of the graph's nodes: n × dimensions, row-major. */
export interface NodeVectors {
  in: Float32Array
  out: Float32Array
}
export interface WalkTraining {
  /** One step is one walk. */
  stepsTotal: number
  stepsDone(): number
  /** Trains on this many walks, or on all that are left. */
  run(steps: number): void
  /** A checkpoint. A training that is restored from it ends with the same bytes. */
  save(): Uint8Array
  vectors(): NodeVectors
}

/** Mikolov et al. 2013, and word2vec.c. */
const NOISE_POWER = 0.75
const LEAST_RATE_SHARE = 1e-4
const [INITIAL_SALT, LEARN_SALT] = [0xc2b2ae35, 0x27d4eb2f]

const FORMAT: ArtifactFormat<WalkCheckpointHeader> = {
  magic: WALK_CHECKPOINT_MAGIC,
  formatVersion: WALK_CHECKPOINT_FORMAT_VERSION,
  header: walkCheckpointHeaderSchema,
}

const shapeOf = (nodes: number, { dimensions, walks }: TrainingDefinition) => ({
  ...{ nodes, dimensions, window: walks.window, negatives: walks.negatives },
  walkLength: walks.length,
})

/** Bytes that a training needs, besides the bytes of its graph. Each edge is counted once. */
export const trainingBytes = (
  nodes: number,
  edges: number,
  definition: TrainingDefinition,
): number => skipGramBytes(shapeOf(nodes, definition)) + 16 * edges + 4 * nodes

/** Pairs of nodes that a training learns from: what its time grows with. */
export const trainingPairs = (nodes: number, { walks }: TrainingDefinition): number =>
  nodes * walks.perNode * walks.length * (walks.window + 1)

/** Probabilities of the noise grow with the weight of a node's edges: how often walks visit it. */
function fillNoise({ offsets, weights }: Graph, noise: Uint32Array): void {
  const shares = new Float64Array(offsets.length - 1)
  for (let node = 0; node < shares.length; node++) {
    let degree = 0
    for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++) degree += weights[edge]!
    shares[node] = degree ** NOISE_POWER
  }
  fillAliasTable(noise, shares)
}

/** Copies rows of `width` numbers from or to rows of `dimensions` numbers. */
function copyRows(
  [from, fromWidth]: readonly [Float32Array, number],
  [to, toWidth]: readonly [Float32Array, number],
): void {
  const width = Math.min(fromWidth, toWidth)
  for (let row = 0; row * fromWidth < from.length; row++)
    to.set(from.subarray(row * fromWidth, row * fromWidth + width), row * toWidth)
}

/**
 * `in` uniform within ±1 / dimensions, `out` zero, as gensim begins. With half of that, as word2vec.c begins, micro F1
 * is .41 instead of .45 after 10 walks a node.
 */
function initialVectors(nodes: number, { dimensions, seed }: TrainingDefinition): NodeVectors {
  const uniform = seededUniform(finalize(seed ^ INITIAL_SALT))
  return {
    in: Float32Array.from({ length: nodes * dimensions }, () => (2 * uniform() - 1) / dimensions),
    out: new Float32Array(nodes * dimensions),
  }
}

const trainingDigest = (graph: Graph, definition: TrainingDefinition): string =>
  digestOf({ graph: graphDigest(graph), ...definition })

/** A training that has done some steps and stands at these vectors. */
function openTraining(
  graph: Graph,
  definition: TrainingDefinition,
  begin: NodeVectors,
  stepsBefore: number,
): WalkTraining {
  const { dimensions, walks: defined, seed } = definition
  const nodes = graph.offsets.length - 1
  const kernel = new SkipGram(shapeOf(nodes, definition))
  const { matrices } = kernel
  copyRows([begin.in, dimensions], [matrices.in, matrices.width])
  copyRows([begin.out, dimensions], [matrices.out, matrices.width])
  fillNoise(graph, matrices.noise)
  const walks = openWalks(graph, seed)
  const walk = new Uint32Array(defined.length)
  const stepsTotal = nodes * defined.perNode
  let done = stepsBefore
  let order = walks.orderOf(Math.floor(done / Math.max(1, nodes)))

  function learn(): void {
    const pass = Math.floor(done / nodes)
    if (done % nodes === 0) order = walks.orderOf(pass)
    const node = order[done % nodes]!
    const rate = defined.learningRate * Math.max(LEAST_RATE_SHARE, 1 - done / stepsTotal)
    const drawn = finalize(walkSeed(seed, pass, node) ^ LEARN_SALT)
    kernel.learn(walks.from(node, pass, walk), drawn, rate)
    done++
  }
  const copyOf = (matrix: Float32Array): Float32Array => {
    const copy = new Float32Array(nodes * dimensions)
    copyRows([matrix, matrices.width], [copy, dimensions])
    return copy
  }
  const vectors = (): NodeVectors => ({ in: copyOf(matrices.in), out: copyOf(matrices.out) })
  return {
    stepsTotal,
    stepsDone: () => done,
    run(steps) {
      const end = Math.min(stepsTotal, done + steps)
      while (done < end) learn()
    },
    save() {
      const header = { training: trainingDigest(graph, definition), stepsDone: done }
      return encodeSections(FORMAT, header, { ...vectors() })
    },
    vectors,
  }
}

/**
 * DeepWalk (Perozzi et al. 2014): skip-gram over random walks. Deterministic, on one thread. `initial`: vectors to
 * begin with, as a warm start. Memory: `trainingBytes`. Throws RangeError beyond 4 GiB of vectors.
 */
export const createTraining = (
  graph: Graph,
  definition: TrainingDefinition,
  initial = initialVectors(graph.offsets.length - 1, definition),
): WalkTraining => openTraining(graph, definition, initial, 0)

/**
 * Continues a training from its checkpoint. Throws CorruptArtifact where the checkpoint is damaged, or is that of
 * another graph or definition.
 */
export function restoreTraining(
  graph: Graph,
  definition: TrainingDefinition,
  checkpoint: Uint8Array,
  name: string,
): WalkTraining {
  const { header, sections } = decodeSections(FORMAT, checkpoint, name)
  const expected = trainingDigest(graph, definition)
  if (header.training !== expected)
    throw new CorruptArtifact(
      `${name}: got a checkpoint of the training ${header.training}, expected one of ${expected}`,
    )
  const vectors = { in: sections['in'] as Float32Array, out: sections['out'] as Float32Array }
  return openTraining(graph, definition, vectors, header.stepsDone)
}

/** Trains to the end. */
export function trainDeepWalk(
  graph: Graph,
  definition: TrainingDefinition,
  initial?: NodeVectors,
): NodeVectors {
  const training = createTraining(graph, definition, initial)
  training.run(training.stepsTotal)
  return training.vectors()
}
