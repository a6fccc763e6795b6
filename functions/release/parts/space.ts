import { OBJECT_KIND, SPACE_PART } from '../../contract/part.ts'
import { sha256Hex } from '../../core/digest.ts'
import { CorruptArtifact } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/objects.ts'
import type { TableStore } from '../../core/tables.ts'
import { spaceList } from '../../embeddings/generations.ts'
import { loadManifest } from '../../embeddings/manifest.ts'
import { acceptedOf, loadGenerations } from '../../registry/generations.ts'
import type { ReleasePart } from './part.ts'

export interface SpaceStores {
  scene: { scene: string }
  models: ObjectStore
  online: Pick<TableStore, 'get'>
}

/** Throws CorruptArtifact where an object is not the one that the gate judged. */
export async function verifyObject(
  models: Pick<ObjectStore, 'get'>,
  { key, sha256 }: { key: string; sha256: string | null },
): Promise<void> {
  const found = sha256Hex(await models.get(key))
  if (found !== sha256)
    throw new CorruptArtifact(
      `${key}: got SHA-256 ${found}, expected ${sha256} as judged; nothing was released`,
    )
}

/** The newest accepted generation of the space: the vectors of its items. The other parts of a space follow it. */
export const space: ReleasePart<SpaceStores> = {
  name: SPACE_PART,
  async publish({ scene: { scene }, models, online }, { last }) {
    const accepted = acceptedOf((await loadGenerations(online, spaceList(scene))).generations)
    if (!accepted) return last
    const { generation } = accepted
    const { files, closedThroughMs } = await loadManifest(models, scene, generation)
    const { key, sha256 } = files.items
    return { key, sha256, kind: OBJECT_KIND, generation, base: null, throughMs: closedThroughMs }
  },
  verify: ({ models }, part) => verifyObject(models, part),
  objects: ({ key }) => [key],
}
