import { onlineRowsPrefix, ROWS_KIND, VALUES_PART } from '../../contract/part.ts'
import { countedSk, countsPk } from '../../contract/registry.ts'
import type { Scene } from '../../contract/scene.ts'
import { DAY_MS } from '../../contract/time.ts'
import { digestOf } from '../../core/digest.ts'
import { CorruptArtifact } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/objects.ts'
import type { TableStore } from '../../core/tables.ts'
import { countsSince, publishCounts } from '../online.ts'
import { publishStatements } from '../statements.ts'
import type { ReleasePart } from './part.ts'

export interface ValuesStores {
  scene: Scene
  lake: ObjectStore
  online: TableStore
  /** Logs how much was published. */
  log: (message: string, fields: Record<string, unknown>) => void
}

/** The counts and statements in the online table. All releases share them: new values replace old. */
export const onlineValues: ReleasePart<ValuesStores> = {
  name: VALUES_PART,
  async publish({ scene, lake, online, log }, { version, last, timeMs }) {
    const generation = digestOf(scene.features)
    const throughMs = version.closedThroughMs
    const interval = { sinceMs: countsSince(last, generation), throughMs }
    const rows = await publishCounts(lake, online, scene, interval, timeMs)
    log('counts published', { scene: scene.scene, rows })
    const statements = await publishStatements(lake, online, scene, throughMs)
    log('statements published', { scene: scene.scene, ...statements })
    const key = onlineRowsPrefix(scene.scene)
    return { key, sha256: null, kind: ROWS_KIND, generation, base: null, throughMs }
  },
  /** Checks that the last closing online was counted for the features of this generation. */
  async verify({ scene, online }, { generation, throughMs }) {
    const fromSk = countedSk(Math.max(0, throughMs - DAY_MS))
    const marks = await online.query(countsPk(scene.scene), '', fromSk)
    const last = marks.findLast(({ sk }) => sk <= countedSk(throughMs))
    if (last && last['featureGeneration'] !== generation)
      throw new CorruptArtifact(
        `counts of ${scene.scene}: the closing ${last.sk} has features ${last['featureGeneration']}, expected ${generation}: another deployment has overwritten them; nothing was released`,
      )
  },
  // Its rows are in the table and expire there.
  objects: () => [],
}
