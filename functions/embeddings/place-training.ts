import type { EmbeddingsDefinition } from '../contract/embeddings.ts'
import type { Scene } from '../contract/scene.ts'
import { instanceTypeOf } from '../core/instance-types.ts'
import { trainingBytes, trainingPairs } from './deepwalk/training.ts'
import { graphBytes } from './graph/edges.ts'
import { trainingDefinitions } from './train-spaces.ts'

const GIB = 2 ** 30
/** A fifth is left to Node, to garbage and to errors of the formula. */
const USABLE = 0.8
/**
 * Of the stage `embed`: its memory, and the part of its 15 minutes that both trainings may take. The rest has bounds of
 * its own: reading, the trial of placements, EASE of 5,000 items, and lists take ten minutes at most.
 */
const LAMBDA_GIB = 10
const LAMBDA_MINUTES = 4
/** A pair of nodes took 0.17 µs with 32 dimensions, 0.21 with 64 and 0.33 with 128. This is half as much again. */
const pairSeconds = (dimensions: number): number => (0.18 + 0.0025 * dimensions) * 1e-6
/** Of all trained vectors, copies that the build holds at once: of both trainings, as tables, and aligned. */
const COPIES = 4
/** The kernel's memory is addressed by 32 bits. */
const MAX_KERNEL_BYTES = 4 * GIB

/** Whether both trainings of this size fit the stage `embed` twice: a comparison trains two more. */
export const fitsTwice = ({ executor, size }: TrainingPlacement): boolean =>
  executor === 'lambda' && 2 * size.minutes <= LAMBDA_MINUTES

/** What both trainings of a graph need. */
interface TrainingSize {
  nodes: number
  /** Each counted once. */
  edges: number
  /** While one training runs. */
  trainBytes: number
  /** While the stage `embed` builds the generation of the trained vectors. */
  buildBytes: number
  minutes: number
}
/** Where a graph is trained. `instanceType` null with `sagemaker`: it fits nowhere. */
export interface TrainingPlacement {
  executor: 'lambda' | 'sagemaker'
  instanceType: string | null
  reason: string
  size: TrainingSize
}

/** Bytes and minutes of both trainings. */
function trainingSize(
  nodes: number,
  edges: number,
  definition: EmbeddingsDefinition,
): TrainingSize {
  const { all } = trainingDefinitions(definition)
  const graphs = 2 * graphBytes(nodes, edges)
  const vectors = 2 * 4 * nodes * definition.dimensions
  const seconds = 2 * trainingPairs(nodes, all) * pairSeconds(definition.dimensions)
  return {
    ...{ nodes, edges, minutes: seconds / 60 },
    trainBytes: graphs + trainingBytes(nodes, edges, all) + 2 * vectors,
    buildBytes: graphs + COPIES * vectors,
  }
}

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`
const REMEDY =
  'look back over fewer days (embeddings.graph.lookbackDays), walk less (embeddings.walks), or use fewer dimensions'

/** The first instance type of the scene that the training fits, or why none does. */
function chooseInstance(
  { instanceType, largerInstanceTypes, maxRuntimeMinutes }: Scene['training'],
  { trainBytes, minutes }: TrainingSize,
): { name: string | null; lack: string } {
  const most = USABLE * maxRuntimeMinutes
  if (minutes > most)
    return { name: null, lack: `training.maxRuntimeMinutes leaves ${most.toFixed(0)} minutes` }
  const memoryOf = (name: string): number =>
    USABLE * GIB * (instanceTypeOf(name)?.memoryGiB ?? Number.POSITIVE_INFINITY)
  const names = [instanceType, ...largerInstanceTypes]
  const name = names.find((one) => trainBytes <= memoryOf(one)) ?? null
  const largest = names.reduce((a, b) => (memoryOf(b) > memoryOf(a) ? b : a))
  return { name, lack: `${largest} has ${gib(memoryOf(largest))} of usable memory` }
}

/**
 * Where both trainings of a graph run: in the Lambda, where its memory and time are enough, else on the first of the
 * scene's instance types that is large enough. The Lambda builds the generation in either case, so its memory is the
 * bound of a space.
 */
export function placeTraining(
  nodes: number,
  edges: number,
  scene: Pick<Scene, 'training'> & { embeddings: EmbeddingsDefinition },
): TrainingPlacement {
  const size = trainingSize(nodes, edges, scene.embeddings)
  const { trainBytes, buildBytes, minutes } = size
  const needs = `${nodes} nodes and ${edges} edges need ${gib(trainBytes)} and ${minutes.toFixed(1)} minutes to train, and ${gib(buildBytes)} to build`
  const place = (
    executor: TrainingPlacement['executor'],
    instanceType: string | null,
    reason: string,
  ): TrainingPlacement => ({ executor, instanceType, reason, size })
  const usable = USABLE * LAMBDA_GIB * GIB
  if (Math.max(trainBytes, buildBytes) <= usable && minutes <= LAMBDA_MINUTES)
    return place('lambda', null, needs)
  const kernel = trainingBytes(nodes, 0, trainingDefinitions(scene.embeddings).all)
  if (buildBytes > usable || kernel > MAX_KERNEL_BYTES)
    return place(
      'sagemaker',
      null,
      `${needs}; the function that builds it has ${gib(usable)}, and a training ${gib(MAX_KERNEL_BYTES)} of vectors: ${REMEDY}`,
    )
  const { name, lack } = chooseInstance(scene.training, size)
  return place(
    'sagemaker',
    name,
    name
      ? `${name}: ${needs}`
      : `${needs}; ${lack}: name a larger instance under training.largerInstanceTypes, raise training.maxRuntimeMinutes, or ${REMEDY}`,
  )
}
