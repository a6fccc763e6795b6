import {
  graphLearnedKey,
  graphLinksKey,
  graphManifestKey,
  graphNamesKey,
  parseGraphKey,
} from '../../contract/claim-keys.ts'
import { graphManifestSchema } from '../../contract/graph-objects.ts'
import { GRAPH_PART, OBJECT_KIND } from '../../contract/part.ts'
import { sha256Hex } from '../../core/digest.ts'
import { ObjectMissing } from '../../core/errors.ts'
import { getJson } from '../../core/objects.ts'
import { graphList } from '../../graph/definition.ts'
import { loadGraphState } from '../../graph/state.ts'
import { acceptedOf, loadGenerations } from '../../registry/generations.ts'
import type { ReleasePart } from './part.ts'
import { type SpaceStores, verifyObject } from './space.ts'

/**
 * The newest accepted generation of the graph. The part names its manifest, which has the digests of its objects; its
 * rows move with drops, not with releases.
 */
export const graph: ReleasePart<SpaceStores> = {
  name: GRAPH_PART,
  async publish({ scene: { scene }, models, online }, { last }) {
    const accepted = acceptedOf((await loadGenerations(online, graphList(scene))).generations)
    if (!accepted) return last
    const { generation, fenceMs } = accepted
    const key = graphManifestKey(scene, generation)
    const sha256 = sha256Hex(await models.get(key))
    return { key, sha256, kind: OBJECT_KIND, generation, base: null, throughMs: fenceMs }
  },
  async verify({ scene: { scene }, models, online }, part) {
    await verifyObject(models, part)
    const { files } = await getJson(models, part.key, graphManifestSchema)
    for (const file of Object.values(files)) await verifyObject(models, file)
    if (!(await loadGraphState(online, scene, part.generation)))
      throw new ObjectMissing(
        `graph of ${scene}: generation ${part.generation} has no state, expected the rows of its entities; nothing was released`,
      )
  },
  // The room deletes the shards and rows of generations that no release names.
  objects({ key }) {
    const { scene, generation } = parseGraphKey(key)!
    return [
      key,
      ...[graphLearnedKey, graphNamesKey, graphLinksKey].map((keyOf) => keyOf(scene, generation)),
    ]
  },
}
