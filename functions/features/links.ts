import { graphLinksKey } from '../contract/claim-keys.ts'
import type { Feature } from '../contract/features.ts'
import { type ItemLinks, itemLinksSchema } from '../contract/graph-objects.ts'
import { type ServedGenerations, servedAt } from '../contract/served-generations.ts'
import { CorruptArtifact, describeFirstError, ObjectMissing } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { openSearches, type Related } from './link-search.ts'

/** The links of the knowledge graph that was served at an instant. Null: none was served. */
export interface Links {
  servedAt(timeMs: number): LinkGraph | null
}

/** What one generation says of two items. All of it is null where one of both has no links. */
export interface LinkGraph {
  /** Of the entities that `item` is related to, the share that `other` is related to, too. */
  sharedOf(relation: string, item: string, other: string): number | null
  /** Whether `item` has the relation to `other`. */
  isRelated(relation: string, item: string, other: string): boolean | null
  /**
   * Links of the shortest way from `other` to `item`, whatever their direction; `maxHops` + 1 where it is longer.
   * `relations`: those that it may use, or all.
   */
  hopsBetween(
    item: string,
    other: string,
    maxHops: number,
    relations?: readonly string[],
  ): number | null
}

const itemNode = (item: string): string => `item:${item}`

/** Whether a feature follows the links of the served graph. */
export const readsLinks = ({ features }: { features: readonly Feature[] }): boolean =>
  features.some(({ kind }) => kind === 'graph-link' || kind === 'graph-distance')

/** Entities as numbers, in the order of their ids. Items are entities, too. */
interface NumberedLinks {
  nodes: number
  nodeOf: ReadonlyMap<string, number>
  relationOf: ReadonlyMap<string, number>
  related: Related
}

function numberLinks({ relations, entities, items }: ItemLinks): NumberedLinks {
  const ofItems = Object.entries(items).map(([id, own]) => [itemNode(id), own] as const)
  const ids = [...new Set([...entities, ...ofItems.map(([id]) => id)])].sort()
  const nodeOf = new Map(ids.map((id, node) => [id, node]))
  const nodeAt = (place: number): number => {
    if (place < entities.length) return nodeOf.get(entities[place]!)!
    throw new RangeError(`got entity ${place}, expected one of ${entities.length}`)
  }
  const related = new Map(
    ofItems.map(([id, own]) => [
      nodeOf.get(id)!,
      new Map(own.map(([relation, places]) => [relation, places.map(nodeAt)])),
    ]),
  )
  const relationOf = new Map(relations.map((relation, place) => [relation, place]))
  return { nodes: ids.length, nodeOf, relationOf, related }
}

const NONE: readonly number[] = []

/**
 * Opens the links of a generation. Memory: about 100 bytes an entity and 10 a link, and twice as much again for each
 * list of relations that distances are measured by.
 */
export function linkGraph(links: ItemLinks): LinkGraph {
  const { nodes, nodeOf, relationOf, related } = numberLinks(links)
  const hopsFrom = openSearches(nodes, related, relationOf)
  const nodesOf = (...items: string[]): (number | undefined)[] =>
    items.map((item) => nodeOf.get(itemNode(item)))
  const relatedTo = (relation: string, node: number | undefined): readonly number[] =>
    related.get(node ?? -1)?.get(relationOf.get(relation) ?? -1) ?? NONE
  return {
    sharedOf(relation, item, other) {
      const [own, others] = nodesOf(item, other).map((node) => relatedTo(relation, node))
      if (own!.length === 0 || others!.length === 0) return null
      const both = new Set(others)
      return own!.filter((node) => both.has(node)).length / own!.length
    },
    isRelated(relation, item, other) {
      const [from, to] = nodesOf(item, other)
      if (from === undefined || to === undefined) return null
      return relatedTo(relation, from).includes(to)
    },
    hopsBetween(item, other, maxHops, relations) {
      const [end, start] = nodesOf(item, other)
      if (start === undefined || end === undefined) return null
      return hopsFrom(start, end, maxHops, relations)
    },
  }
}

/** Parses an object of links. Throws CorruptArtifact that names its key. */
export function decodeLinks(bytes: Uint8Array, key: string): LinkGraph {
  try {
    return linkGraph(itemLinksSchema.parse(JSON.parse(new TextDecoder().decode(bytes))))
  } catch (cause) {
    throw new CorruptArtifact(`${key}: ${describeFirstError(cause)}`, { cause })
  }
}

function nullIfMissing(error: unknown): null {
  if (error instanceof ObjectMissing) return null
  throw error
}

/**
 * The links of the graphs that were served, for samples. An item that came after a generation was built has none in it,
 * and a generation whose links are gone has none at all: values are missing, as before the first graph.
 */
export async function openLinks(
  models: Pick<ObjectStore, 'get'>,
  scene: string,
  served: ServedGenerations,
): Promise<Links> {
  const open = new Map<string, LinkGraph | null>()
  for (const { generation } of served)
    if (generation !== null && !open.has(generation)) {
      const key = graphLinksKey(scene, generation)
      const bytes = await models.get(key).catch(nullIfMissing)
      open.set(generation, bytes && decodeLinks(bytes, key))
    }
  return {
    servedAt(timeMs) {
      const generation = servedAt(served, timeMs)
      return generation === null ? null : open.get(generation)!
    },
  }
}
