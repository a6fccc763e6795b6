import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Scene } from '../../functions/contract/scene.ts'
import { ConfigurationError, readScene } from '../config.ts'
import { UsageError } from './errors.ts'

const FOLDER = join(import.meta.dirname, '..', 'scenes')

/** The scenes of cdk/scenes, by name. */
const SCENE_NAMES: readonly string[] = readdirSync(FOLDER).map((file) =>
  file.replace(/\.json$/, ''),
)

export const readShippedScene = (name: string): Scene => readScene(join(FOLDER, `${name}.json`))

/** Finds a scene by its name in cdk/scenes or by the path of its file. Throws UsageError. */
export function findScene(scene: string): { scene: Scene; own: boolean } {
  try {
    if (SCENE_NAMES.includes(scene)) return { scene: readShippedScene(scene), own: false }
    if (scene.endsWith('.json') && existsSync(scene)) return { scene: readScene(scene), own: true }
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message, { cause: error })
    throw error
  }
  throw new UsageError(
    `--scene ${scene}: expected one of ${SCENE_NAMES.join(', ')}, or the path of a scene's JSON file`,
  )
}
