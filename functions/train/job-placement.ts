import type { Scene } from '../contract/scene.ts'
import type { Tier } from '../contract/training.ts'
import { hasLocalDisk, instanceTypeOf } from './instance-types.ts'
import { artifactBytesOf, modelBytesOf, type Size } from './placement.ts'

const GIB = 2 ** 30
/** A fifth of an instance is left to its system, to SageMaker's agents, and to what the formula misses. */
const USABLE = 0.8

/** What a training job has to hold and to do. */
export interface Work {
  tier: Tier
  rows: number
  /** Of its largest sample file: one is unpacked at a time. */
  fileRows: number
  /** Models in its channel: parent, base and rivals. */
  models: number
}

export interface JobPlacement {
  /** Null: it fits none of those that the scene allows. */
  instanceType: string | null
  reason: string
  need: Size
}

/** Entries of a row: the bias, one a category or cross of one value, a bucket and a slope a number. */
const entriesOf = ({ features }: Scene): number =>
  features.reduce(
    (entries, { kind }) => entries + (kind === 'category' || kind === 'cross' ? 1 : 2),
    1,
  )

/** Node, its code and the young generation. */
const PROCESS_BYTES = 130 * 2 ** 20
/**
 * A row as it is unpacked. V8 collects late: rows of earlier files lie about, 100,000 or so of them
 * where files are smaller.
 */
const UNPACKED_ROW_BYTES = 5_000
const UNCOLLECTED_ROWS = 100_000

/**
 * A row as it is trained on: 8 bytes an entry and 61 fixed, held twice while the files are merged
 * (functions/trainer/rows.ts), its place in the order, its id as text, and its final
 * prediction. An increment also writes a prediction of every row and model.
 */
function rowBytesOf(scene: Scene, { tier, models }: Work): number {
  const arranged = 8 * entriesOf(scene) + 61
  const text = 48
  const merging = 2 * arranged + text + 28
  const written = tier === 'full' ? 0 : 460 + 32 * models
  return Math.max(merging, arranged + text + written) + 16
}

/** Parquet of a row with twelve stored features, twice as much as was measured, and what is written of it. */
const DISK_ROW_BYTES = 400
/**
 * Of one vCPU: reading a row, and an entry's step in one epoch or its score by one model. 64 µs a
 * row of 21 entries were measured for one epoch and the final score, where these say 82.
 */
const READ_SECONDS = 40e-6
const ENTRY_SECONDS = 1e-6

/**
 * Memory, disk and time that a training needs. An upper bound of what was measured with 21 entries a
 * row: fulls of 0.1 to 3.6 million rows (2,496 MiB), increments of 0.2 to 1.5 million (1,573 MiB);
 * test/train/job-size.test.ts holds it to a real process. A category of many values adds 16 bytes a
 * row for each value more.
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

/** Why an instance is too small in memory or disk, or null. One that is not in the tables is taken as it is. */
function lackOf(scene: Scene, name: string, { memoryBytes, diskBytes }: Size): string | null {
  const type = instanceTypeOf(name)
  const memory = type ? USABLE * type.memoryGiB * GIB : Number.POSITIVE_INFINITY
  if (memoryBytes > memory) return `${name} has ${gib(memory)} of memory for it`
  if (hasLocalDisk(name)) {
    const disk = type ? USABLE * type.localDiskGB * 1e9 : Number.POSITIVE_INFINITY
    return diskBytes > disk ? `${name} has ${gib(disk)} of disk for it` : null
  }
  const disk = USABLE * scene.training.volumeGiB * GIB
  return diskBytes > disk ? `training.volumeGiB leaves ${gib(disk)} of disk for it` : null
}

const REMEDY =
  'name a larger instance under training.largerInstanceTypes, keep fewer negatives (sampling.negativeRate), or look back over fewer days (tiers.full.lookbackDays)'

/**
 * The instance that a training job gets: the scene's own, or the first of its larger ones that it
 * fits. `isOwnImage`: what another image needs is not known, so it gets the scene's.
 */
export function placeJob(scene: Scene, work: Work, isOwnImage = true): JobPlacement {
  const { instanceType, largerInstanceTypes, volumeGiB, maxRuntimeMinutes } = scene.training
  const need = jobSizeOf(scene, work)
  const placed = (name: string | null, reason: string): JobPlacement => ({
    instanceType: name,
    reason,
    need,
  })
  if (!isOwnImage)
    return placed(instanceType, `${instanceType}: what the image needs is not known here`)
  const needs = `${number(work.rows)} samples need ${gib(need.memoryBytes)} of memory, ${gib(need.diskBytes)} of disk and ${hours(need.seconds)}`
  const limitSeconds = USABLE * maxRuntimeMinutes * 60
  if (need.seconds > limitSeconds)
    return placed(
      null,
      `${needs}, and training.maxRuntimeMinutes leaves ${hours(limitSeconds)}: raise it, keep fewer negatives (sampling.negativeRate), or look back over fewer days (tiers.full.lookbackDays)`,
    )
  const lacks: string[] = []
  for (const name of [instanceType, ...largerInstanceTypes]) {
    const lack = lackOf(scene, name, need)
    if (lack === null) return placed(name, [`${name}: ${needs}`, ...lacks].join('; '))
    lacks.push(lack)
  }
  const isDisk = need.diskBytes > USABLE * volumeGiB * GIB
  return placed(
    null,
    `${needs}; ${lacks.join('; ')}: ${isDisk ? 'raise training.volumeGiB, ' : ''}${REMEDY}`,
  )
}
