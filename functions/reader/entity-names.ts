import {
  type EntityNames,
  entityNamesSchema,
  graphManifestSchema,
} from '../contract/graph-objects.ts'
import { GRAPH_PART, type Parts } from '../contract/part.ts'
import type { ObjectStore } from '../core/objects.ts'
import {
  buildDictionary,
  type Dictionary,
  findMentions,
} from '../graph/extract/documents/dictionary.ts'
import { wordsOf } from '../graph/retrieval/feedback.ts'
import type { Expansion } from '../graph/retrieval/ports.ts'
import { readCheckedJson } from './read-checked.ts'
import { readOnce } from './read-once.ts'

/** The names of one generation of the graph. */
export interface ExpandedNames {
  generation: string
  /** Ids of the entities that have a name. */
  ids: readonly string[]
  /** What a query names: the longest names, from left to right, each entity once. */
  expand(query: string): Expansion[]
}

/** The served generation, one that a flip has just replaced, and one more. */
const MAX_GENERATIONS = 3

/** Names of the same words are one name to a search. An accent may be another word to it. */
const searched = (name: string): string => wordsOf(name).join(' ')

/**
 * Other names of the entities that a query names, then names of the narrower ones: those of their first level, the
 * most confident name of each.
 */
export function expandQuery(
  query: string,
  { entities }: EntityNames,
  dictionary: Dictionary,
): Expansion[] {
  const mentions = findMentions(query, dictionary)
  const places = new Map<number, string>()
  for (const { entity, fromChar, throughChar } of mentions)
    if (!places.has(Number(entity)))
      places.set(Number(entity), searched(query.slice(fromChar, throughChar)))
  return [...places].flatMap(([place, named]) => {
    const { id, names, narrower } = entities[place]!
    const others = [...names, ...narrower.map((other) => entities[other]!.names[0]!)]
    const added = [...new Set(others)].filter((name) => searched(name) !== named)
    return added.length > 0 ? [{ entity: id, names: added }] : []
  })
}

/** Opens the names of graphs. Those of the last three generations stay in memory, about 1 KB an entity. */
export function openEntityNames(models: Pick<ObjectStore, 'get'>) {
  const opened = new Map<string, Promise<ExpandedNames>>()
  /** Null: the release has no graph. Throws ObjectMissing and CorruptArtifact. */
  return async (parts: Parts): Promise<ExpandedNames | null> => {
    const part = parts[GRAPH_PART]
    if (!part) return null
    const { generation } = part
    return readOnce(opened, generation, MAX_GENERATIONS, async () => {
      const { files } = await readCheckedJson(models, part, graphManifestSchema)
      const names = await readCheckedJson(models, files.names, entityNamesSchema)
      const dictionary = buildDictionary(
        names.entities.flatMap(({ names: own }, place) =>
          own.map((name) => ({ name, entity: String(place) })),
        ),
      )
      return {
        ...{ generation, ids: names.entities.map(({ id }) => id) },
        expand: (query) => expandQuery(query, names, dictionary),
      }
    })
  }
}
