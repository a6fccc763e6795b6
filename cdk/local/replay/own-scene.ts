import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StartOptions } from '../options.ts'

/**
 * What is synthesized: a scene of cdk/scenes by its name, or one of the operator's own, with its
 * mapping, left as a file beside the results. Answers names and file as `synthesize` takes them.
 */
export function scenesToSynthesize({
  scene,
  configuration,
  isOwnScene,
  out,
}: Pick<StartOptions, 'scene' | 'configuration' | 'isOwnScene' | 'out'>): [
  scenes: string,
  sceneFile?: string,
] {
  if (!isOwnScene) return [scene]
  const path = join(out, 'scene.json')
  writeFileSync(path, `${JSON.stringify(configuration, null, 2)}\n`)
  return ['', path]
}
