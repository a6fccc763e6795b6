import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { OWN_STATE } from '../functions/contract/training.ts'
import { digestOf, sha256Hex } from '../functions/core/digest.ts'
import type { Bundle } from './bundle.ts'

/** The image that trains: ours, or one that somebody brought. */
export interface Trainer extends Bundle {
  isOurs: boolean
  /** What its models can be continued by (`shapeDigest`). */
  state: string
}

/** `LABEL quartermaster.state=adagrad-1`, in the Dockerfile. */
const STATE = /^\s*LABEL\s+quartermaster\.state="?([\w.-]+)"?\s*$/im

export const hasDockerfile = (folder: string): boolean =>
  statSync(join(folder, 'Dockerfile'), { throwIfNoEntry: false })?.isFile() ?? false

/** SHA-256 over every file of a folder, by its path in it: what lineage records of an image's code. */
function digestOfFolder(folder: string): string {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/'))
    .sort()
  return digestOf(paths.map((path) => [path, sha256Hex(readFileSync(join(folder, path)))]))
}

/**
 * An image somebody brought. What its state is, its Dockerfile says by a label; without one only the
 * very same files go on from what they left, and any change of them begins with a full.
 */
export function readTrainer(directory: string): Trainer {
  const digest = digestOfFolder(directory)
  const state = STATE.exec(readFileSync(join(directory, 'Dockerfile'), 'utf8'))?.[1]
  return { directory, digest, isOurs: false, state: state ?? digest }
}

/** The trainer of a deployment: our own where its settings name no `trainingImage`. */
export const trainerOf = (trainingImage: string | undefined, ours: Bundle): Trainer =>
  trainingImage === undefined
    ? { ...ours, isOurs: true, state: OWN_STATE }
    : readTrainer(trainingImage)
