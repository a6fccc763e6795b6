import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { readDockerfile } from '../local/sagemaker/dockerfile.ts'
import { hasDockerfile } from '../training-image.ts'
import { UsageError } from './errors.ts'

/**
 * The folder that `--training-image` names, or null. Throws UsageError for an image that cannot run
 * here, so that the error comes before the first job.
 */
export function readTrainingImage(path: string | undefined): string | null {
  if (path === undefined) return null
  const folder = resolve(path)
  const wrong = (why: string): UsageError => new UsageError(`--training-image ${path}: ${why}`)
  if (path === '' || !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw wrong('no such folder')
  if (!hasDockerfile(folder)) throw wrong('the folder has no Dockerfile')
  try {
    readDockerfile(folder)
  } catch (error) {
    throw wrong((error as Error).message)
  }
  return folder
}
