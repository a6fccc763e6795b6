import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scene } from '../../functions/contract/scene.ts'
import { isCreated } from '../../functions/contract/search-server.ts'
import type { StartOptions } from './start/options.ts'

/** Why this machine leaves the scene's OpenSearch out. Null: it does not. */
export function describeLeftOut({ search }: Scene): string | null {
  const openSearch = search?.openSearch
  if (!openSearch || !isCreated(openSearch)) return null
  return `leaving OpenSearch out: a created ${openSearch.create} exists only on AWS; with search.openSearch {"endpoint":"http://localhost:9200","access":"none"} this machine writes to a server of yours`
}

/** The scene as this machine runs it: without a server that only a deployment to AWS can create. */
function localScene(scene: Scene): Scene {
  if (describeLeftOut(scene) === null) return scene
  const { openSearch: _, ...search } = scene.search!
  return { ...scene, search }
}

/**
 * The arguments of `synthesize`: a scene of cdk/scenes by name, or the user's own scene with its
 * mapping, which is written as a file beside the results; and the folder of the training image. A scene
 * that runs here without its OpenSearch is written as one's own.
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
  const local = localScene(configuration)
  if (!isOwnScene && local === configuration) return [scene, undefined, image]
  const path = join(out, 'scene.json')
  writeFileSync(path, `${JSON.stringify(local, null, 2)}\n`)
  return ['', path, image]
}
