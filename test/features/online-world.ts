import { commitClosing, loadClosing } from '../../functions/closing/chain.ts'
import { closeTask } from '../../functions/closing/close.ts'
import { closingTasks } from '../../functions/closing/cut.ts'
import { dropManifestKey } from '../../functions/contract/keys.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { loadFolded, writeDrop } from '../../functions/features/near-line.ts'
import { planFold } from '../../functions/features/plan-fold.ts'
import type { Wrap } from '../make/breaking.ts'
import { DAY0_MS } from '../make/events.ts'
import { foldAll } from '../make/fold-all.ts'
import { land } from '../make/landing.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'

/** When the drops of these tests arrive, unless a test says otherwise. */
export const arrivalMs = DAY0_MS + 2 * HOUR_MS
export const dropOf = (n: number) => n.toString(16).padStart(32, '0')
export const manifestKey = (n: number, atMs = arrivalMs) =>
  dropManifestKey('feed', { arrivalMs: atMs, drop: dropOf(n) })

/** The near line and the closings of one scene, with a lake in memory. */
export function openOnlineWorld(scene: Scene, online: TableStore = memoryTable('online')) {
  const world = { lake: memoryObjects('lake'), online, scene }
  return {
    ...world,
    land: (n: number, rows: EventRow[]) => land(world.lake, rows, n),
    write: (n: number, wrap: Wrap = (port) => port, atMs = arrivalMs) =>
      writeDrop(
        { lake: wrap(world.lake), online: wrap(world.online), scene },
        manifestKey(n, atMs),
        arrivalMs,
      ),
    row: (id: string) => world.online.get(valuesPk('feed', 'item', id), VALUES_SK),
    /** Closes what a run at this hour closes, and folds it. */
    async fold(hour: number, settings = scene) {
      const scheduledMs = DAY0_MS + hour * HOUR_MS + 5 * MINUTE_MS
      const closing = await loadClosing(world.lake, settings, scheduledMs)
      for (const task of closingTasks(closing.pieces)) await closeTask(world.lake, task)
      await commitClosing(world.lake, 'feed', closing.closedThroughMs)
      const basis = await loadFolded(world.online, 'feed')
      const fold = await planFold(world.lake, settings, closing, basis)
      await foldAll({ ...world, scene: settings }, { fold })
    },
  }
}
