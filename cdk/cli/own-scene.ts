import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StartOptions } from './start/options.ts'

/**
 * The arguments of `synthesize`: a scene of cdk/scenes by name, or the user's own scene with its
 * mapping, which is written as a file beside the results; and the folder of the training image.
 */
export function whatToSynthesize({
  scene,
  configuration,
  isOwnScene,
  trainingImage,
  out,
}: Pick<StartOptions, 'scene' | 'configuration' | 'isOwnScene' | 'trainingImage' | 'out'>): [
  scenes: string,
  sceneFile: string | undefined,
  trainingImage: string | undefined,
] {
  const image = trainingImage ?? undefined
  if (!isOwnScene) return [scene, undefined, image]
  const path = join(out, 'scene.json')
  writeFileSync(path, `${JSON.stringify(configuration, null, 2)}\n`)
  return ['', path, image]
}
