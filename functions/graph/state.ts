import { graphSnapshotKey } from '../contract/claim-keys.ts'
import { type GraphSnapshot, graphSnapshotSchema } from '../contract/graph.ts'
import {
  type GraphAdvance,
  type GraphState,
  graphPk,
  graphStateSchema,
  graphStateSk,
} from '../contract/graph-rows.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'

/** Null: nothing of the generation was published yet. */
export async function loadGraphState(
  online: Pick<TableStore, 'get'>,
  scene: string,
  generation: string,
): Promise<GraphState | null> {
  const row = await online.get(graphPk(scene), graphStateSk(generation))
  return row && graphStateSchema.parse(row)
}

/** Makes the next state of a generation. Returns false where another writer came first: nothing was changed. */
export const putGraphState = (
  online: Pick<TableStore, 'putIfUnchanged'>,
  scene: string,
  generation: string,
  next: Omit<GraphState, 'n'>,
  before: GraphState | null,
): Promise<boolean> =>
  online.putIfUnchanged(
    graphPk(scene),
    graphStateSk(generation),
    { ...next, n: (before?.n ?? 0) + 1 },
    before && { n: before.n },
  )

/** Writes a snapshot, and returns how it is named. */
export async function writeSnapshot(
  models: Pick<ObjectStore, 'put'>,
  snapshot: GraphSnapshot,
): Promise<Pick<GraphAdvance, 'snapshot' | 'sha256'>> {
  const json = canonicalJson(snapshot)
  const sha256 = sha256Hex(json)
  const key = graphSnapshotKey({ ...snapshot, digest: sha256.slice(0, 32) })
  await models.put(key, json, 'application/json')
  return { snapshot: key, sha256 }
}

/** Throws ObjectMissing, and CorruptArtifact for another object than the one that the state names. */
export async function readSnapshot(
  models: Pick<ObjectStore, 'get' | 'bucket'>,
  { snapshot, sha256 }: Pick<GraphAdvance, 'snapshot' | 'sha256'>,
): Promise<GraphSnapshot> {
  const bytes = await models.get(snapshot)
  const found = sha256Hex(bytes)
  if (found !== sha256)
    throw new CorruptArtifact(
      `s3://${models.bucket}/${snapshot}: got SHA-256 ${found}, expected ${sha256}`,
    )
  return graphSnapshotSchema.parse(JSON.parse(new TextDecoder().decode(bytes)))
}
