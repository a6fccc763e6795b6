import type { Attributes } from '../contract/events.ts'
import { type EventRow, VALUE_SEPARATOR } from '../contract/rows.ts'
import type { Catalogue } from './catalogue.ts'

/** One attribute of an entity or of a request. */
export type Attribute = Attributes[string]

/** An attribute as one text. Several values are joined by blanks. A missing value is empty. */
export const joinedText = (value: Attribute | null): string =>
  Array.isArray(value) ? value.join(' ') : String(value ?? '')

/** What the catalogue knows. */
export interface Catalogues {
  items: Catalogue
  users: Catalogue
}
type Row = Pick<EventRow, 'user' | 'item' | 'context'>

/** An attribute as the text of a category. Several values are joined. A missing value is null. */
export function categoryOf(value: Attribute | null | undefined): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.length > 0 ? value.join(VALUE_SEPARATOR) : null
  return String(value)
}

/**
 * Attributes of an event by source, such as `item.price`: those that the catalogues know at `timeMs`.
 * `item.id` and `user.id` are the event's own.
 */
export function openAttributes(
  row: Row,
  timeMs: number,
  { items, users }: Catalogues,
): (source: string) => Attribute | null {
  const open = {
    user: () => users.attributesOf(row.user, timeMs),
    item: () => items.attributesOf(row.item, timeMs),
    context: () => (row.context === null ? null : (JSON.parse(row.context) as Attributes)),
  }
  const known: { [D in keyof typeof open]?: Attributes | null } = {}
  return (source) => {
    if (source === 'item.id') return row.item
    if (source === 'user.id') return row.user
    const dot = source.indexOf('.')
    const domain = source.slice(0, dot) as keyof typeof open
    if (known[domain] === undefined) known[domain] = open[domain]()
    const attributes = known[domain]
    const name = source.slice(dot + 1)
    return attributes && Object.hasOwn(attributes, name) ? attributes[name]! : null
  }
}

/**
 * Longer texts are no values of states and no names of entities: the key of a row and the states of
 * an hour stay small. A list keeps its other values.
 */
const MAX_TEXT = 256

/** The values of an attribute, each once: well-formed, not empty, and at most 256 characters. */
export function textsOf(value: Attribute | null): string[] {
  const category = categoryOf(value)
  if (category === null) return []
  const texts = category.split(VALUE_SEPARATOR).map((text) => text.toWellFormed())
  return [...new Set(texts)].filter((text) => text !== '' && text.length <= MAX_TEXT)
}

/** The ids of an entity that an event, or an impression to come, belongs to. None: an attribute is missing. */
export function entityIdsOf(
  entity: string,
  { user, item, textsOf }: { user: string; item: string; textsOf: (source: string) => string[] },
): string[] {
  const idsOf = (domain: string): string[] =>
    domain === 'user' ? [user] : domain === 'item' ? [item] : textsOf(domain)
  const [first, second] = entity.split('+') as [string, string | undefined]
  if (second === undefined) return idsOf(first)
  const others = idsOf(second)
  return idsOf(first).flatMap((id) => others.map((other) => `${id}${VALUE_SEPARATOR}${other}`))
}
