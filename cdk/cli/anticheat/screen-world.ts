import type { Scene } from '../../../functions/contract/scene.ts'
import { type Log, worldLog } from '../fresh/log.ts'
import type { WorldOptions } from '../world/options.ts'
import { createWorld } from '../world/world.ts'
import { type Fate, fatesOf } from './fates.ts'
import { type GroundTruth, openTruth } from './ground-truth.ts'
import { type ScreenedLog, screenLog } from './screen-log.ts'

/** A seeded world, what the defences make of it, and what is true. */
export interface ScreenedWorld {
  seed: number
  log: Log
  screened: ScreenedLog
  fates: readonly Fate[]
  truth: GroundTruth
}

export function screenWorld(scene: Scene, options: WorldOptions): ScreenedWorld {
  const world = createWorld(options)
  const log = worldLog(options, scene, world)
  const screened = screenLog(scene, log)
  const truth = openTruth(world.truth(), screened.accepted)
  return { seed: options.seed, log, screened, fates: fatesOf(screened), truth }
}
