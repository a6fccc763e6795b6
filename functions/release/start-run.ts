import { runExecutionName } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { isoSeconds } from '../contract/time.ts'
import type { RunRequest, Tier } from '../contract/training.ts'
import { InvalidInput } from '../core/errors.ts'
import type { ExecutionStarter } from '../core/executions.ts'

/** The state machine of runs: a run is one execution. */
export type RunStarter = ExecutionStarter<RunRequest>
export interface RunStarted {
  tier: Tier
  scheduledTime: string
  execution: string
  isNew: boolean
}

/**
 * Starts a run of a tier with the scheduled time `timeMs`, beside the runs of its schedule. The
 * execution's name contains scene, tier and time, so a repeated request starts no second run. Throws
 * InvalidInput for a tier that the scene does not have.
 */
export async function startRun(
  runs: RunStarter,
  scene: Scene,
  tier: Tier,
  timeMs: number,
): Promise<RunStarted> {
  if (!scene.tiers[tier]) {
    const known = Object.keys(scene.tiers).join(', ')
    throw new InvalidInput(
      `${scene.scene} has no ${tier} tier: its tiers are ${known}; no run was started`,
    )
  }
  const scheduledTime = isoSeconds(timeMs)
  const execution = runExecutionName(scene.scene, tier, timeMs)
  const input: RunRequest = { scene: scene.scene, tier, arm: 'served', scheduledTime }
  return { tier, scheduledTime, execution, isNew: await runs.start(execution, input) }
}
