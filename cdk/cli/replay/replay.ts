import { rawKey } from '../../../functions/contract/keys.ts'
import { DAY_MS, floorDay, HOUR_MS } from '../../../functions/contract/time.ts'
import type { Cloud } from '../../local/cloud.ts'
import type { Progress } from '../progress.ts'
import type { Drop } from '../world/world.ts'

/** Noon of the day after the last, when all schedules of the morning have fired. */
const noonAfter = (lastMs: number): number => floorDay(lastMs - HOUR_MS) + DAY_MS + 12 * HOUR_MS

/**
 * Puts each drop into the raw bucket at its own time. Schedules fire between the drops and until the
 * noon after the last day, or until `endMs`; then the remaining work ends. Calls `landed` after each
 * drop, before the next one is made.
 */
export async function replay(
  cloud: Cloud,
  scene: string,
  drops: Iterable<Drop> | AsyncIterable<Drop>,
  progress: Progress,
  landed: (drop: Drop) => Promise<void> = async () => {},
  endMs?: number,
): Promise<{ drops: number; records: number }> {
  const done = { drops: 0, records: 0 }
  let lastMs = cloud.clock.now()
  for await (const drop of drops) {
    await cloud.clock.advanceTo(drop.arrivalMs)
    await cloud.dropRaw(rawKey(scene, drop.kind, drop.name), drop.body, drop.metadata)
    await landed(drop)
    done.drops++
    done.records += drop.records
    lastMs = drop.arrivalMs
    progress.update({ virtualMs: lastMs, ...done })
  }
  progress.step('the morning after the last day')
  await cloud.clock.advanceTo(endMs ?? noonAfter(lastMs))
  await cloud.clock.drain()
  return done
}
