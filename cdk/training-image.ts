import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { OWN_STATE } from '../functions/contract/training.ts'
import { digestOf, sha256Hex } from '../functions/core/digest.ts'
import type { Bundle } from './bundle.ts'

/** The training image: the built-in one or a custom one. */
export interface Trainer extends Bundle {
  isOurs: boolean
  /** Names the format of the training state. Only images with the same state can continue a model (`shapeDigest`). */
  state: string
}

/** `LABEL quartermaster.state=adagrad-1`, in the Dockerfile. */
const STATE = /^\s*LABEL\s+quartermaster\.state="?([\w.-]+)"?\s*$/im

export const hasDockerfile = (folder: string): boolean =>
  statSync(join(folder, 'Dockerfile'), { throwIfNoEntry: false })?.isFile() ?? false

/** SHA-256 over all paths and files of a folder. Lineage records it as the image's code. */
function digestOfFolder(folder: string): string {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/'))
    .sort()
  return digestOf(paths.map((path) => [path, sha256Hex(readFileSync(join(folder, path)))]))
}

/**
 * A custom image. A label in its Dockerfile names its training state. Without the label only
 * identical files can continue a model, and any change to them starts with a full.
 */
export function readTrainer(directory: string): Trainer {
  const digest = digestOfFolder(directory)
  const state = STATE.exec(readFileSync(join(directory, 'Dockerfile'), 'utf8'))?.[1]
  return { directory, digest, isOurs: false, state: state ?? digest }
}

/** The trainer of a deployment: the image that `trainingImage` names, or the built-in one. */
export const trainerOf = (trainingImage: string | undefined, ours: Bundle): Trainer =>
  trainingImage === undefined
    ? { ...ours, isOurs: true, state: OWN_STATE }
    : readTrainer(trainingImage)
