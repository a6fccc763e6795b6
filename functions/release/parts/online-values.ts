import { onlineRowsPrefix, ROWS_KIND, VALUES_PART } from '../../contract/part.ts'
import type { Scene } from '../../contract/scene.ts'
import { isoSeconds } from '../../contract/time.ts'
import { digestOf } from '../../core/digest.ts'
import { QuartermasterError } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/objects.ts'
import type { TableStore } from '../../core/tables.ts'
import { isFilled } from '../../features/fold-plan.ts'
import { loadFolded } from '../../features/near-line.ts'
import { seriesOfFeature } from '../../features/series.ts'
import { publishStatements } from '../../features/statements.ts'
import type { ReleasePart } from './part.ts'

export interface ValuesStores {
  scene: Scene
  lake: ObjectStore
  online: TableStore
  /** Logs how much was published. */
  log: (message: string, fields: Record<string, unknown>) => void
}

/** Features whose window the rows do not hold whole yet. */
async function missingFeatures({ scene, online }: ValuesStores) {
  const folded = await loadFolded(online, scene.scene)
  const missing = scene.features.filter((feature) =>
    seriesOfFeature(feature).some((series) => !isFilled(series, folded)),
  )
  return { folded, missing: missing.map(({ name }) => name) }
}

/**
 * The rows of the online table. Their values move with closings and drops, not with releases: a release
 * only waits until the rows hold the whole window of every feature that its model reads.
 */
export const onlineValues: ReleasePart<ValuesStores> = {
  name: VALUES_PART,
  async publish(stores, { version }) {
    const { scene, lake, online, log } = stores
    const statements = await publishStatements(lake, online, scene)
    if (statements.files > 0) log('statements published', { scene: scene.scene, ...statements })
    const folded = await loadFolded(online, scene.scene)
    return {
      key: onlineRowsPrefix(scene.scene),
      sha256: null,
      kind: ROWS_KIND,
      generation: digestOf(scene.features),
      base: null,
      throughMs: folded?.closedThroughMs ?? version.closedThroughMs,
    }
  },
  /** Throws an error that is retried where the rows do not hold all features yet. */
  async verify(stores) {
    const { folded, missing } = await missingFeatures(stores)
    if (missing.length === 0) return
    const through = folded
      ? `closed hours through ${isoSeconds(folded.closedThroughMs)}`
      : 'nothing'
    throw new QuartermasterError(
      `online values of ${stores.scene.scene}: the rows hold ${through}, and not the window of ${missing.join(', ')}, expected all features; the release waits for the next closing, and nothing was released`,
    )
  },
  // Its rows are in the table and expire there.
  objects: () => [],
}
