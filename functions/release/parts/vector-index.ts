import { spaceManifestSchema } from '../../contract/embedding-manifest.ts'
import { parseSpaceKey, spaceManifestKey, vectorIndexKey } from '../../contract/keys.ts'
import { SPACE_PART, VECTOR_INDEX_PART } from '../../contract/part.ts'
import { sha256Hex } from '../../core/digest.ts'
import { getJson } from '../../core/objects.ts'
import type { ReleasePart } from './part.ts'
import { type SpaceStores, verifyObject } from './space.ts'

/** The two vector indexes of the space of this release. The part names their manifest, which has their digests. */
export const vectorIndex: ReleasePart<SpaceStores> = {
  name: VECTOR_INDEX_PART,
  async publish({ scene: { scene }, models }, { last, published }) {
    const space = published[SPACE_PART]
    if (!space) return last
    const key = spaceManifestKey(scene, space.generation)
    return { ...space, key, sha256: sha256Hex(await models.get(key)), kind: 'index' }
  },
  async verify({ models }, part) {
    await verifyObject(models, part)
    const { files } = await getJson(models, part.key, spaceManifestSchema)
    for (const file of [files.in, files.out]) await verifyObject(models, file)
  },
  objects({ key, generation }) {
    const { scene } = parseSpaceKey(key)!
    return [key, vectorIndexKey(scene, generation, 'in'), vectorIndexKey(scene, generation, 'out')]
  },
}
