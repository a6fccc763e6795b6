import type { Scene } from '../contract/scene.ts'
import type { Executor } from '../contract/training.ts'

/** What a Lambda can be at most (AWS Lambda quotas), less a fifth for what is not counted here. */
const DISK_BYTES = 0.8 * 10_240 * 2 ** 20
const SECONDS = 0.8 * 15 * 60
/** Parent, base and champion are scored beside the candidate; each is held whole. */
const MODELS = 4
/** Measured on one vCPU: a step of 20 entries with 8 factors, and reading a row of Parquet. */
const SECONDS_A_ROW = 60e-6
const BYTES_A_ROW = 2_000

export interface Placement {
  executor: Executor
  reason: string
}
export interface Size {
  memoryBytes: number
  diskBytes: number
  seconds: number
}

const factorsOf = ({ model }: Scene): number =>
  model.kind === 'factorization-machine' ? model.factors : 0
/** A model in memory, optimizer state included: FTRL's z and n, factors and their squares. */
export const modelBytesOf = (scene: Scene): number =>
  2 ** scene.model.hashBits * (9 + 8 * factorsOf(scene))
/** The same as a file, which stores a slot's number and weight as well. */
export const artifactBytesOf = (scene: Scene): number =>
  2 ** scene.model.hashBits * (16 + 8 * factorsOf(scene))

/** An increment of so many rows in a Lambda. */
export function sizeOf(scene: Scene, rows: number): Size {
  const [modelBytes, artifactBytes] = [modelBytesOf(scene), artifactBytesOf(scene)]
  return {
    memoryBytes: MODELS * modelBytes + 2 * artifactBytes + rows * BYTES_A_ROW,
    diskBytes: (MODELS + 1) * artifactBytes + rows * 400,
    seconds: rows * SECONDS_A_ROW * (scene.tiers.hourly?.epochs ?? 1) + MODELS * modelBytes * 5e-9,
  }
}

/** Samples of an hour that the function is sized for; one that brings more goes to SageMaker. */
const HOUR_ROWS = 500_000

/** Memory of the increment function: the largest scene's need in steps of a vCPU, within what Lambda offers. */
export function incrementMemoryMiB(scenes: readonly Scene[]): number {
  const needs = scenes.filter(({ tiers }) => tiers.hourly).map((scene) => sizeOf(scene, HOUR_ROWS))
  const bytes = needs.reduce((most, { memoryBytes }) => Math.max(most, memoryBytes), 0)
  const steps = Math.ceil(bytes / 0.8 / 2 ** 20 / 1769)
  return Math.min(10_240, Math.max(1, steps) * 1769)
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

/**
 * Where an hourly increment trains. `rows`: events of all its hours, an upper bound of its samples. The
 * function has our own trainer's code, so an image of somebody else's has none.
 */
export function placeIncrement(scene: Scene, rows: number, hasFunction = true): Placement {
  if (!hasFunction)
    return {
      executor: 'sagemaker',
      reason: 'the image is not ours: increments run in it, on SageMaker',
    }
  const { runsOn = 'auto' } = scene.tiers.hourly ?? {}
  if (runsOn === 'sagemaker') return { executor: 'sagemaker', reason: 'as configured' }
  const { memoryBytes, diskBytes, seconds } = sizeOf(scene, rows)
  const memoryLimit = 0.8 * incrementMemoryMiB([scene]) * 2 ** 20
  const tooMuch =
    memoryBytes > memoryLimit
      ? `${gib(memoryBytes)} of memory, of ${gib(memoryLimit)}`
      : diskBytes > DISK_BYTES
        ? `${gib(diskBytes)} of /tmp, of ${gib(DISK_BYTES)}`
        : seconds > SECONDS
          ? `${seconds.toFixed(0)} s, of ${SECONDS.toFixed(0)}`
          : null
  if (tooMuch) return { executor: 'sagemaker', reason: `too large for a Lambda: needs ${tooMuch}` }
  return {
    executor: 'lambda',
    reason: `fits a Lambda: ${gib(memoryBytes)}, ${seconds.toFixed(0)} s`,
  }
}
