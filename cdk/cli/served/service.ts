import type { Scene } from '../../../functions/contract/scene.ts'
import { floorHour, HOUR_MS } from '../../../functions/contract/time.ts'
import type { Pseudonymize } from '../../../functions/intake/identity.ts'
import { unitInterval } from '../../../functions/math/hash.ts'
import { NothingServed } from '../../../functions/reader/reader.ts'
import type { Cloud } from '../../local/cloud.ts'
import type { Drop } from '../world/world.ts'
import { openServedReader } from './open-reader.ts'
import type { SlateService } from './served-cells.ts'
import { type LoggedSlate, slatesIn } from './slates.ts'

/** Cells are logged of a share of the users, in one of so many hours. */
interface Logged {
  share: number
  everyHours: number
}
/** Five and 24 have no divisor in common: over five days, each hour of the day is logged. */
const LOGGED: Logged = { share: 0.2, everyHours: 5 }
const SEED = 13

/**
 * The reader as an online service has it, on the run's own cloud. It knows users by their pseudonyms,
 * because the log was read as intake reads it.
 */
export async function openService(
  cloud: Cloud,
  scene: Scene,
  pseudonymize: Pseudonymize,
  { share, everyHours }: Logged = LOGGED,
): Promise<SlateService> {
  const isLoggedHour = (timeMs: number): boolean => (floorHour(timeMs) / HOUR_MS) % everyHours === 0
  let lines: string[] = []
  let last: { drop: Drop; item: string | null } | null = null
  const reader = await openServedReader(cloud, scene.scene, {
    ...{ share, seed: SEED },
    put: (line) => void lines.push(line),
  })
  return {
    async slatesIn(drop) {
      // An hour's drop arrives after the hour, a minute's drop in it.
      if (![drop.arrivalMs, drop.arrivalMs - HOUR_MS].some(isLoggedHour)) return []
      const isWanted = (user: string): boolean => unitInterval(user, SEED) < share
      const slates = await slatesIn(drop, scene, pseudonymize, isWanted)
      // The newest slate: its hour is still open.
      last = { drop, item: slates.at(-1)?.items[0]?.item ?? null }
      return slates.filter(({ timeMs }) => isLoggedHour(timeMs))
    },
    itemOf: (drop) => (last?.drop === drop ? last.item : null),
    async score({ user, timeMs, context, items }: LoggedSlate) {
      await reader.refresh()
      try {
        await reader.scoreSlate({ user, timeMs, context, items })
      } catch (error) {
        if (!(error instanceof NothingServed)) throw error
      }
    },
    takeLines() {
      const taken = lines
      lines = []
      return taken
    },
  }
}
