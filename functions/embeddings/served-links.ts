import { graphLinksKey } from '../contract/claim-keys.ts'
import { type ItemLinks, itemLinksSchema } from '../contract/graph-objects.ts'
import { GRAPH_PART } from '../contract/part.ts'
import { servedAt } from '../contract/served-generations.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import type { Registry } from '../registry/registry.ts'
import { loadServedGenerations } from '../registry/served-generations.ts'

/** What the knowledge graph of one generation links items to. */
export interface ServedLinks {
  generation: string
  links: ItemLinks
}

export interface ServedLinksPorts {
  models: ObjectStore
  registry: Pick<Registry, 'decisions' | 'releases'>
  scene: string
}

/** The links of the graph that was served at an instant; null where none was. */
export async function findServedLinks(
  { models, registry, scene }: ServedLinksPorts,
  timeMs: number,
): Promise<ServedLinks | null> {
  const generation = servedAt(await loadServedGenerations(registry, GRAPH_PART), timeMs)
  if (generation === null) return null
  const links = await getJson(models, graphLinksKey(scene, generation), itemLinksSchema)
  return { generation, links }
}
