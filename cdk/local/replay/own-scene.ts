import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scene } from '../../../functions/contract/scene.ts'

/**
 * What is synthesized: a scene of cdk/scenes by its name, or one of the operator's own, with its
 * mapping, left as a file beside the results. Answers names and file as `synthesize` takes them.
 */
export function scenesToSynthesize(
  scene: string,
  ownScene: Scene | null,
  out: string,
): [scenes: string, sceneFile?: string] {
  if (!ownScene) return [scene]
  const path = join(out, 'scene.json')
  writeFileSync(path, `${JSON.stringify(ownScene, null, 2)}\n`)
  return ['', path]
}
