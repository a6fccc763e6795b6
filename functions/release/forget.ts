import type { WriteRequest } from '../contract/requests.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS } from '../contract/time.ts'
import { InvalidInput } from '../core/errors.ts'
import { type ForgetPorts, type ForgottenCounts, forgetUser } from '../embeddings/forget.ts'
import { makeStatement, type StatementPorts } from './make-statement.ts'

export interface Forgotten extends ForgottenCounts {
  /** The hash. */
  user: string
  /** Until then no training reads the events from before the request. */
  untilMs: number
}

/** As far as a space and a full training look back. */
const LOOKBACK_DAYS = 366

/**
 * Flags the events of a user, by hash, from before the request, and deletes the user from every generation of the
 * space. A retry with the same time ends in the same state. Throws InvalidInput.
 */
export async function forget(
  ports: StatementPorts & Omit<ForgetPorts, 'scene'>,
  scene: Scene,
  request: WriteRequest & { user: string },
): Promise<Forgotten> {
  if (!scene.embeddings)
    throw new InvalidInput(`scene ${scene.scene} has no space: nothing was changed`)
  const { user, timeMs } = request
  const untilMs = timeMs + LOOKBACK_DAYS * DAY_MS
  await makeStatement(ports, scene, 'flag', { ...request, throughMs: timeMs, untilMs })
  const counts = await forgetUser({ ...ports, scene: scene.scene }, user, timeMs)
  return { user, untilMs, ...counts }
}
