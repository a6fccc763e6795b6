import { join } from 'node:path'
import { readScene } from '../../cdk/config.ts'
import type { Scene } from '../../functions/contract/scene.ts'

/** The feed scene as it is deployed, with what a test changes. */
export const makeScene = (fields: Partial<Scene> = {}): Scene => ({
  ...readScene(join(import.meta.dirname, '..', '..', 'cdk', 'scenes', 'feed.json')),
  ...fields,
})
