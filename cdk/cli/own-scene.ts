import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StartOptions } from './start/options.ts'

/**
 * What is synthesized: a scene of cdk/scenes by its name, or one of the operator's own, with its
 * mapping, left as a file beside the results; and whose image trains. Answers names, file and folder
 * as `synthesize` takes them.
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
