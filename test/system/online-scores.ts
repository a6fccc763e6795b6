import type { Cloud } from '../../cdk/local/cloud.ts'
import { closedPrefix, versionManifestKey } from '../../functions/contract/keys.ts'
import { MODEL_PART } from '../../functions/contract/part.ts'
import type { EventRow, SampleRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { versionManifestSchema } from '../../functions/contract/training.ts'
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

/** The impressions of the served version's last samples, with what the request said. */
async function readShown(cloud: Cloud, scene: string, version: string) {
  const manifestKey = versionManifestKey(scene, version)
  const { sets } = await getJson(cloud.models, manifestKey, versionManifestSchema)
  const files = sets.at(-1)!.files.map(({ key }) => key)
  const samples = (await rowsIn<SampleRow>(cloud.lake, files)).slice(-400)
  const closed = (await cloud.lake.list(closedPrefix(scene))).map(({ key }) => key)
  const events = await rowsIn<EventRow>(
    cloud.lake,
    closed.filter((key) => key.endsWith('.parquet')),
  )
  const contextOf = new Map(events.map(({ event, context }) => [event, context]))
  return samples.map((sample) => ({ sample, context: contextOf.get(sample.sample) }))
}

/**
 * How far the reader's scores lie from those of its version's trainer, for the cells that the reader
 * has now. That cells equal those of samples is measured while they are served: see parity.test.ts.
 */
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
  const lines: string[] = []
  const reader = await openReader({
    ...{ scene: scene.scene, models: cloud.models, registry: cloud.registry, online: cloud.online },
    // Samples name people by their pseudonyms already.
    identify: (user) => user,
    logCells: { share: 1, seed: 1, put: (line) => void lines.push(line) },
    onFault: (fault) => {
      throw fault
    },
  })
  const scored = new Map<string, number>()
  const rows: SampleRow[] = []
  for (const { sample, context } of await readShown(cloud, scene.scene, release.version)) {
    const { user, item, timeMs, position } = sample
    const { scores, release: version } = await reader.scoreSlate({
      ...{ user, timeMs, ...(context ? { context: JSON.parse(context) } : {}) },
      items: [{ item, ...(position === null ? {} : { position }) }],
    })
    // Users of a trial get its release.
    if (version !== release.version) continue
    const { cells } = JSON.parse(lines.at(-1)!) as { cells: Record<string, string | number | null> }
    const named = Object.entries(cells).map(([name, cell]) => [`f_${name}`, cell])
    rows.push({ ...sample, ...Object.fromEntries(named) })
    scored.set(sample.sample, scores[0]!)
  }
  reader.close()
  const expected = await predictedBy((made) => predict(made, served, base), scene, rows)
  let furthest = 0
  for (const [sample, score] of scored)
    furthest = Math.max(furthest, Math.abs(score - expected.get(sample)!))
  return { compared: scored.size, furthest }
}
