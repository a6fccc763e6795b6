import type { ClosingPlan } from '../../functions/contract/accounts.ts'
import { dropManifestPrefix, parseDropManifestKey } from '../../functions/contract/keys.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { loadFolded, writeDrop } from '../../functions/features/near-line.ts'
import { planFold } from '../../functions/features/plan-fold.ts'
import { foldAll } from './fold-all.ts'
import { memoryTable } from './memory-table.ts'

/** A closing and its scheduled time. */
export interface ScheduledClosing {
  scheduledMs: number
  closing: ClosingPlan
}
export interface OnlineReplay {
  online: TableStore
  /** Writes each drop that arrived by this time, and folds each closing that was scheduled by it. */
  advanceTo(timeMs: number): Promise<void>
}

/** The online table of a scene as time goes by, by the code of the near line and of the fold. */
export async function replayOnline(
  lake: ObjectStore,
  scene: Scene,
  closings: readonly ScheduledClosing[],
): Promise<OnlineReplay> {
  const online = memoryTable('online')
  const ports = { lake, online, scene }
  const drops = (await lake.list(dropManifestPrefix(scene.scene))).map(({ key }) => ({
    timeMs: parseDropManifestKey(key)!.arrivalMs,
    run: async (): Promise<unknown> => writeDrop(ports, key, parseDropManifestKey(key)!.arrivalMs),
  }))
  const folds = closings.map(({ scheduledMs, closing }) => ({
    timeMs: scheduledMs,
    run: async (): Promise<unknown> =>
      foldAll(ports, {
        fold: await planFold(lake, scene, closing, await loadFolded(online, scene.scene)),
      }),
  }))
  const steps = [...drops, ...folds].sort((a, b) => a.timeMs - b.timeMs)
  let done = 0
  return {
    online,
    async advanceTo(timeMs) {
      for (; done < steps.length && steps[done]!.timeMs <= timeMs; done++) await steps[done]!.run()
    },
  }
}
