import type { Scene } from '../contract/scene.ts'
import type { Tier } from '../contract/training.ts'
import { hasLocalDisk, instanceTypeOf } from '../core/instance-types.ts'
import { artifactBytesOf, modelBytesOf, type Placement, type Size } from './placement.ts'
import { MAX_COMPARED, type RunDecision } from './plan.ts'

const GIB = 2 ** 30
/** A fifth of an instance is reserved for its system, for SageMaker's agents and for errors of the formula. */
const USABLE = 0.8

/** The size of a training job. */
export interface Work {
  tier: Tier
  rows: number
  /** Rows of the largest sample file. The job unpacks one file at a time. */
  fileRows: number
  /** Models in its channel: parent, base and the versions to compare. */
  models: number
}

export interface JobPlacement {
  /** Null: the job fits none of the types that the scene allows. */
  instanceType: string | null
  reason: string
  need: Size
}

/** Entries of a row: one for the bias, one for a category or cross of one value, two for a number. */
const entriesOf = ({ features }: Scene): number =>
  features.reduce(
    (entries, { kind }) => entries + (kind === 'category' || kind === 'cross' ? 1 : 2),
    1,
  )

/** Node, its code and the young generation. */
const PROCESS_BYTES = 130 * 2 ** 20
/**
 * A row while its file is unpacked. V8 frees memory late: if files are small, about 100,000 rows of
 * earlier files are still in memory.
 */
const UNPACKED_ROW_BYTES = 6_000
const UNCOLLECTED_ROWS = 100_000

/**
 * Bytes of a row in training: 8 for each entry and 69 more, twice while files are merged
 * (functions/trainer/rows.ts), then its position, its id as text and its final prediction. An
 * increment also writes a prediction for each row and model.
 */
function rowBytesOf(scene: Scene, { tier, models }: Work): number {
  const arranged = 8 * entriesOf(scene) + 69
  const text = 48
  const merging = 2 * arranged + text + 28
  const written = tier === 'full' ? 0 : 460 + 32 * models
  return Math.max(merging, arranged + text + written) + 16
}

/** Disk for a row: Parquet with twelve stored features, twice the measured size, and the outputs. */
const DISK_ROW_BYTES = 400
/**
 * Seconds of one vCPU: to read a row, and for one entry to train one epoch or to be scored by one
 * model. For a row of 21 entries, one epoch and the final score took 64 µs. These constants give 82.
 */
const READ_SECONDS = 40e-6
const ENTRY_SECONDS = 1e-6

/**
 * Memory, disk and time that a training needs. It is an upper bound of measurements with 21 entries a
 * row: fulls of 0.1 to 3.6 million rows (2,496 MiB), increments of 0.2 to 1.5 million (1,573 MiB).
 * test/train/job-size.test.ts compares it with a real process. A category with several values needs
 * 16 more bytes a row for each further value.
 */
export function jobSizeOf(scene: Scene, work: Work): Size {
  const { rows, fileRows, models, tier } = work
  const { epochs } = scene.tiers[tier] ?? scene.tiers.daily
  const [model, artifact] = [modelBytesOf(scene), artifactBytesOf(scene)]
  return {
    memoryBytes:
      PROCESS_BYTES +
      Math.min(rows, Math.max(fileRows, UNCOLLECTED_ROWS)) * UNPACKED_ROW_BYTES +
      rows * rowBytesOf(scene, work) +
      (models + 1) * model +
      (models + 2) * artifact,
    diskBytes: rows * DISK_ROW_BYTES + (models + 3) * artifact,
    seconds:
      rows * (READ_SECONDS + ENTRY_SECONDS * entriesOf(scene) * (epochs + 1 + models)) +
      (models + 2) * artifact * 5e-9,
  }
}

const number = (value: number): string => Math.round(value).toLocaleString('en-GB')
const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`
const hours = (seconds: number): string => `${(seconds / 3600).toFixed(1)} h`

/** Why the memory or disk of an instance is too small, or null. An unknown type is assumed to be large enough. */
function lackOf(scene: Scene, name: string, { memoryBytes, diskBytes }: Size): string | null {
  const type = instanceTypeOf(name)
  const memory = type ? USABLE * type.memoryGiB * GIB : Number.POSITIVE_INFINITY
  if (memoryBytes > memory) return `${name} has ${gib(memory)} of usable memory`
  if (hasLocalDisk(name)) {
    const disk = type ? USABLE * type.localDiskGB * 1e9 : Number.POSITIVE_INFINITY
    return diskBytes > disk ? `${name} has ${gib(disk)} of usable disk` : null
  }
  const disk = USABLE * scene.training.volumeGiB * GIB
  return diskBytes > disk ? `training.volumeGiB leaves ${gib(disk)} of usable disk` : null
}

const REMEDY =
  'name a larger instance under training.largerInstanceTypes, keep fewer negatives (sampling.negativeRate), or look back over fewer days (tiers.full.lookbackDays)'

/**
 * The instance of a training job: `training.instanceType`, or the first of
 * `training.largerInstanceTypes` that the job fits. The needs of another image are unknown, so without
 * `isOwnImage` it is `training.instanceType`.
 */
export function placeJob(scene: Scene, work: Work, isOwnImage = true): JobPlacement {
  const { instanceType, largerInstanceTypes, volumeGiB, maxRuntimeMinutes } = scene.training
  const need = jobSizeOf(scene, work)
  const place = (name: string | null, reason: string): JobPlacement => ({
    instanceType: name,
    reason,
    need,
  })
  if (!isOwnImage)
    return place(instanceType, `${instanceType}: the needs of another training image are not known`)
  const needs = `${number(work.rows)} samples need ${gib(need.memoryBytes)} of memory, ${gib(need.diskBytes)} of disk and ${hours(need.seconds)}`
  const limitSeconds = USABLE * maxRuntimeMinutes * 60
  if (need.seconds > limitSeconds)
    return place(
      null,
      `${needs}, and training.maxRuntimeMinutes leaves ${hours(limitSeconds)}: raise it, keep fewer negatives (sampling.negativeRate), or look back over fewer days (tiers.full.lookbackDays)`,
    )
  const lacks: string[] = []
  for (const name of [instanceType, ...largerInstanceTypes]) {
    const lack = lackOf(scene, name, need)
    if (lack === null) return place(name, [`${name}: ${needs}`, ...lacks].join('; '))
    lacks.push(lack)
  }
  const isDisk = need.diskBytes > USABLE * volumeGiB * GIB
  return place(
    null,
    `${needs}; ${lacks.join('; ')}: ${isDisk ? 'raise training.volumeGiB, ' : ''}${REMEDY}`,
  )
}

/**
 * A full or daily trains on SageMaker. `start` chooses the instance when the samples exist. The reason
 * here names the instance for the upper bound of the samples.
 */
export function placeBase(
  scene: Scene,
  { tier, parent }: RunDecision,
  events: number,
  isOwnImage: boolean,
): Placement {
  const { eventsPerShard } = scene.sampling
  const work = {
    tier,
    rows: events,
    fileRows: eventsPerShard,
    models: parent ? MAX_COMPARED + 1 : 0,
  }
  const { reason } = placeJob(scene, work, isOwnImage)
  return {
    executor: 'sagemaker',
    reason: `the ${tier} tier trains there; if each of its events became a sample: ${reason}`,
  }
}
