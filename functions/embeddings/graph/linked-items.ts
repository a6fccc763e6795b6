import { RELATIONS } from '../../contract/claims.ts'
import type { GraphDefinition } from '../../contract/embeddings.ts'
import type { ItemLinks } from '../../contract/graph-objects.ts'
import type { Described } from './described-items.ts'

/** No attribute of a statement that the definition names begins with this: it would be one of a link. */
const attributeOf = (relation: string): string => `link:${relation}`

/**
 * Relations that are learned from what users did. They are no edges here: the walk graph has the events themselves, and
 * they hold events that a held-out training must not see.
 */
const LEARNED: readonly string[] = [
  ...[RELATIONS.coViewedWith, RELATIONS.coPurchasedWith, RELATIONS.substituteOf],
  ...[RELATIONS.complementOf, RELATIONS.searchedWith],
]
const isStated = (relation: string): boolean => !LEARNED.includes(relation)

/**
 * Items with what they are linked to as further attributes, by relation. So links weigh as attributes do: all that
 * describes an item weighs a share of its users.
 */
export const describeByLinks = <Item extends Described>(
  items: readonly Item[],
  { relations, entities, items: links }: ItemLinks,
): Item[] =>
  items.map((item) => {
    if (!Object.hasOwn(links, item.id)) return item
    const linked = links[item.id]!.filter(([relation]) => isStated(relations[relation]!)).map(
      ([relation, places]) => [
        attributeOf(relations[relation]!),
        places.map((place) => entities[place]!),
      ],
    )
    return { ...item, attributes: { ...item.attributes, ...Object.fromEntries(linked) } }
  })

/** The definition by which these attributes become edges. */
export const withLinkAttributes = <Definition extends Pick<GraphDefinition, 'attributes'>>(
  definition: Definition,
  { relations }: Pick<ItemLinks, 'relations'>,
): Definition => ({
  ...definition,
  attributes: [...definition.attributes, ...relations.filter(isStated).map(attributeOf)],
})
