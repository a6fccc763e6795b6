import type { Cloud } from '../../cdk/local/cloud.ts'
import { closedPrefix, versionManifestKey } from '../../functions/contract/keys.ts'
import { MODEL_PART } from '../../functions/contract/part.ts'
import type { EventRow, SampleRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { versionManifestSchema } from '../../functions/contract/training.ts'
import { VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import { decodeModel, type ModelArtifact } from '../../functions/core/artifact.ts'
import { getJson, type ObjectStore } from '../../functions/core/objects.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { openReader } from '../../functions/reader/reader.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { predictFrom } from '../../functions/trainer/fit.ts'
import type { TrainingRows } from '../../functions/trainer/rows.ts'
import { loadModel } from '../../functions/trainer/storage.ts'
import { predictedBy } from '../make/predicted.ts'

async function rowsIn<R>(store: ObjectStore, keys: readonly string[]): Promise<R[]> {
  const parts = await Promise.all(keys.map(async (key) => readParquet<R>(await store.get(key))))
  return parts.flat()
}

/** A trainer's own predictions of rows, by an artifact upon its base. */
type PredictRows = (
  rows: TrainingRows,
  artifact: ModelArtifact,
  base: ModelArtifact | null,
) => Float64Array

const byOurTrainer =
  ({ model, features }: Scene): PredictRows =>
  (rows, artifact, base) =>
    predictFrom(loadModel(artifact, model, features, base), rows, 0)

/** How far the reader's scores of the served version's last samples lie from its trainer's. */
export async function compareOnlineScores(
  cloud: Cloud,
  scene: Scene,
  predict = byOurTrainer(scene),
): Promise<{ compared: number; furthest: number }> {
  const registry = openRegistry(cloud.registry, scene.scene)
  const release = (await registry.release((await registry.current())!.sequence))!
  const artifact = async (key: string) => decodeModel(await cloud.models.get(key))
  const model = release.parts[MODEL_PART]!
  const base = model.base && (await artifact(model.base.key))
  const served = await artifact(model.key)
  const manifestKey = versionManifestKey(scene.scene, release.version)
  const { sets } = await getJson(cloud.models, manifestKey, versionManifestSchema)
  const files = sets.at(-1)!.files.map(({ key }) => key)
  const samples = (await rowsIn<SampleRow>(cloud.lake, files)).slice(-400)
  const expected = await predictedBy((rows) => predict(rows, served, base), scene, samples)
  const closed = (await cloud.lake.list(closedPrefix(scene.scene))).map(({ key }) => key)
  const events = await rowsIn<EventRow>(
    cloud.lake,
    closed.filter((key) => key.endsWith('.parquet')),
  )
  const contextOf = new Map(events.map(({ event, context }) => [event, context]))

  const reader = await openReader({
    ...{ scene: scene.scene, models: cloud.models, registry: cloud.registry, online: cloud.online },
    // Samples name people by their pseudonyms already.
    identify: (user) => user,
    onFault: (fault) => {
      throw fault
    },
  })
  // The table holds the newest statement: what was shown before it was scored by an older one.
  const isNewest = async (kind: 'user' | 'item', id: string, timeMs: number): Promise<boolean> => {
    const row = await cloud.online.get(valuesPk(scene.scene, kind, id), VALUES_SK)
    const { knowableMs } = (row?.['statement'] ?? {}) as { knowableMs?: number }
    return knowableMs !== undefined && knowableMs + scene.nearLineSeconds * 1000 <= timeMs
  }
  let compared = 0
  let furthest = 0
  for (const { sample, user, item, timeMs, position } of samples) {
    const known = [isNewest('user', user, timeMs), isNewest('item', item, timeMs)]
    if (!(await Promise.all(known)).every(Boolean)) continue
    const context = contextOf.get(sample)
    const { scores } = await reader.scoreSlate({
      ...{ user, timeMs, ...(context ? { context: JSON.parse(context) } : {}) },
      items: [{ item, ...(position === null ? {} : { position }) }],
    })
    compared++
    furthest = Math.max(furthest, Math.abs(scores[0]! - expected.get(sample)!))
  }
  reader.close()
  return { compared, furthest }
}
