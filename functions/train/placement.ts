import type { Scene } from '../contract/scene.ts'
import type { Executor } from '../contract/training.ts'

/** The limits of a Lambda function (AWS Lambda quotas), minus a fifth that is not counted here. */
const DISK_BYTES = 0.8 * 10_240 * 2 ** 20
const SECONDS = 0.8 * 15 * 60
/** Parent, base, champion and candidate. Each is held in memory as a whole. */
const MODELS = 4
/** Measured on one vCPU: one training step of 20 entries with 8 factors, and one row read from Parquet. */
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
/** Bytes of a model in memory with its optimizer state: z and n of FTRL, factors and their squares. */
export const modelBytesOf = (scene: Scene): number =>
  2 ** scene.model.hashBits * (9 + 8 * factorsOf(scene))
/** Bytes of a model as a file, which also stores the number and the weight of each slot. */
export const artifactBytesOf = (scene: Scene): number =>
  2 ** scene.model.hashBits * (16 + 8 * factorsOf(scene))

/** What an increment of `rows` rows needs in a Lambda. */
export function sizeOf(scene: Scene, rows: number): Size {
  const [modelBytes, artifactBytes] = [modelBytesOf(scene), artifactBytesOf(scene)]
  return {
    memoryBytes: MODELS * modelBytes + 2 * artifactBytes + rows * BYTES_A_ROW,
    diskBytes: (MODELS + 1) * artifactBytes + rows * 400,
    seconds: rows * SECONDS_A_ROW * (scene.tiers.hourly?.epochs ?? 1) + MODELS * modelBytes * 5e-9,
  }
}

/** Samples of an hour that the function is sized for. A larger hour trains on SageMaker. */
const HOUR_ROWS = 500_000

/** Memory of the increment function: the need of the largest scene, in steps of one vCPU, up to Lambda's limit. */
export function incrementMemoryMiB(scenes: readonly Scene[]): number {
  const needs = scenes.filter(({ tiers }) => tiers.hourly).map((scene) => sizeOf(scene, HOUR_ROWS))
  const bytes = needs.reduce((most, { memoryBytes }) => Math.max(most, memoryBytes), 0)
  const steps = Math.ceil(bytes / 0.8 / 2 ** 20 / 1769)
  return Math.min(10_240, Math.max(1, steps) * 1769)
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

/**
 * Where an hourly increment trains. `rows` are the events of all its hours, an upper bound of its
 * samples. The function has the code of our own trainer, so there is no function for another image.
 */
export function placeIncrement(scene: Scene, rows: number, hasFunction = true): Placement {
  if (!hasFunction)
    return {
      executor: 'sagemaker',
      reason: 'another training image is configured: its increments run on SageMaker',
    }
  const { runsOn = 'auto' } = scene.tiers.hourly ?? {}
  if (runsOn === 'sagemaker') return { executor: 'sagemaker', reason: 'as configured' }
  const { memoryBytes, diskBytes, seconds } = sizeOf(scene, rows)
  const memoryLimit = 0.8 * incrementMemoryMiB([scene]) * 2 ** 20
  const tooMuch =
    memoryBytes > memoryLimit
      ? `${gib(memoryBytes)} of memory, and ${gib(memoryLimit)} are usable`
      : diskBytes > DISK_BYTES
        ? `${gib(diskBytes)} of /tmp, and ${gib(DISK_BYTES)} are usable`
        : seconds > SECONDS
          ? `${seconds.toFixed(0)} s, and ${SECONDS.toFixed(0)} s are usable`
          : null
  if (tooMuch)
    return { executor: 'sagemaker', reason: `too large for a Lambda: it needs ${tooMuch}` }
  return {
    executor: 'lambda',
    reason: `fits a Lambda: ${gib(memoryBytes)}, ${seconds.toFixed(0)} s`,
  }
}
