import { featureSchema } from '../contract/features.ts'
import { parityAccountSchema } from '../contract/parity.ts'
import { parityDatePrefix, parityPrefix } from '../contract/parity-keys.ts'
import type { ReleaseRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS } from '../contract/time.ts'
import { FOLDED_SK, foldedPk, foldedRowSchema } from '../contract/values.ts'
import { decodeModel } from '../core/artifact.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { TableStore } from '../core/tables.ts'
import type { Registry } from '../registry/registry.ts'
import { type FeatureLine, listFeatures, type ReadingModel } from './list-features.ts'
import { rankingModel } from './parts/ranking-model.ts'

/** Releases whose models are read. */
const RELEASES = 3
/** The figures of values are those of the last day. */
const MEASURED_MS = DAY_MS

async function readModel(
  models: ObjectStore,
  release: ReleaseRow,
  isServed: boolean,
): Promise<ReadingModel[]> {
  const part = release.parts[rankingModel.name]
  const bytes = part && (await models.find(part.key))
  if (!bytes) return []
  const { header } = decodeModel(bytes, part.key)
  const features = featureSchema.array().parse(header.features)
  return [{ version: release.version, isServed, features, importance: header.importance }]
}

/** Loads what `listFeatures` needs: the newest releases, the online mark, a day's comparisons. */
export async function loadFeatures(
  ports: {
    lake: ObjectStore
    models: ObjectStore
    registry: Registry
    online: Pick<TableStore, 'get'>
  },
  scene: Scene,
  nowMs: number,
): Promise<FeatureLine[]> {
  const { lake, models, registry, online } = ports
  const [current, folded, listed] = await Promise.all([
    registry.current(),
    online.get(foldedPk(scene.scene), FOLDED_SK),
    lake.list(parityPrefix(scene.scene), parityDatePrefix(scene.scene, nowMs - MEASURED_MS)),
  ])
  const sequences = current
    ? [current.sequence, ...[0, 1, 2].map((n) => current.lastSequence - n)].filter((n) => n > 0)
    : []
  const releases = await readEach([...new Set(sequences)].slice(0, RELEASES), (sequence) =>
    registry.release(sequence),
  )
  const reading = await readEach(
    releases.filter((release) => release !== null),
    (release) => readModel(models, release, release.sequence === current?.sequence),
  )
  const accounts = await readEach(listed, ({ key }) => getJson(lake, key, parityAccountSchema))
  const measured = accounts.filter(
    ({ scheduledMs }) => scheduledMs > nowMs - MEASURED_MS && scheduledMs <= nowMs,
  )
  const row = folded === null ? null : foldedRowSchema.parse(folded)
  return listFeatures(scene.features, row, reading.flat(), measured)
}
