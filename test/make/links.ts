import {
  type GraphManifest,
  type ItemLinks,
  itemLinksSchema,
} from '../../functions/contract/graph-objects.ts'
import {
  graphLearnedKey,
  graphLinksKey,
  graphManifestKey,
  graphNamesKey,
} from '../../functions/contract/keys.ts'
import { OBJECT_KIND, type Part } from '../../functions/contract/part.ts'
import { canonicalJson, sha256Hex } from '../../functions/core/digest.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'

/** An item's id, a relation and an entity's. */
export type Fact = [item: string, relation: string, entity: string]

/** The object of these links, in the order in which they are given. */
export function makeLinks(facts: readonly Fact[]): ItemLinks {
  const relations = [...new Set(facts.map(([, relation]) => relation))].sort()
  const entities = [...new Set(facts.map(([, , entity]) => entity))]
  const placeOf = new Map(entities.map((id, place) => [id, place]))
  const items: ItemLinks['items'] = {}
  for (const [item, own] of Map.groupBy(facts, ([id]) => id))
    items[item] = [...Map.groupBy(own, ([, relation]) => relation)].map(([relation, linked]) => [
      relations.indexOf(relation),
      [...new Set(linked.map(([, , entity]) => placeOf.get(entity)!))].sort((a, b) => a - b),
    ])
  return itemLinksSchema.parse({ relations, entities, items })
}

/** Puts the links of a generation with its manifest, as a build does, and returns the release's part. */
export async function putLinks(
  models: Pick<ObjectStore, 'put'>,
  scene: string,
  generation: string,
  links: ItemLinks,
): Promise<Part> {
  const linksText = canonicalJson(links)
  const nothing = { sha256: sha256Hex('') }
  const manifest: GraphManifest = {
    ...{ scene, generation, builtMs: 0, closedThroughMs: null, codeDigest: 'code' },
    ...{ fusion: 'fusion', entities: links.entities.length, facts: 0 },
    files: {
      learned: { key: graphLearnedKey(scene, generation), ...nothing },
      names: { key: graphNamesKey(scene, generation), ...nothing },
      links: { key: graphLinksKey(scene, generation), sha256: sha256Hex(linksText) },
    },
  }
  const text = canonicalJson(manifest)
  await models.put(graphLinksKey(scene, generation), linksText)
  await models.put(graphManifestKey(scene, generation), text)
  return {
    ...{ key: graphManifestKey(scene, generation), sha256: sha256Hex(text), generation },
    ...{ kind: OBJECT_KIND, base: null, throughMs: 0 },
  }
}
