import type { Attributes } from '../../contract/attributes.ts'
import type { GraphDefinition } from '../../contract/graph-objects.ts'
import type { EntityRow } from '../../contract/rows.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { readRows } from '../../core/read-rows.ts'

/** The newest statement of one drop about an entity. */
export interface Stated {
  id: string
  knowableMs: number
  attributes: Attributes
  title: string | null
  /** Null where it has none, or none was asked for. */
  text: string | null
  /** Absent: it names none. */
  provider?: string
  /** What its entity said is taken out. */
  isGone: boolean
}

const MAX_PROVIDER = 256

/** Whose word a statement is: the attribute's one value. */
function providerOf(attributes: Attributes, name: string | undefined): string | undefined {
  if (name === undefined || !Object.hasOwn(attributes, name)) return undefined
  const value = attributes[name]!
  const text = String(Array.isArray(value) ? (value[0] ?? '') : value)
    .normalize('NFKC')
    .trim()
  return text === '' ? undefined : text.slice(0, MAX_PROVIDER).toWellFormed()
}

type Version = Pick<EntityRow, 'knowableMs' | 'drop' | 'row'>
const isLater = (a: Version, b: Version): boolean =>
  (a.knowableMs - b.knowableMs ||
    (a.drop < b.drop ? -1 : a.drop > b.drop ? 1 : 0) ||
    a.row - b.row) > 0

const COLUMNS = ['id', 'knowableMs', 'attributes', 'title', 'drop', 'row']

/**
 * The newest statement of some clean files about each entity, in code-unit order of the ids. Memory: the statements.
 * Throws ObjectMissing.
 */
export async function readStatements(
  lake: ObjectStore,
  keys: readonly string[],
  { graph, goneIf }: GraphDefinition,
  wantsText: boolean,
): Promise<Stated[]> {
  const columns = wantsText ? [...COLUMNS, 'text'] : COLUMNS
  const newest = new Map<string, EntityRow>()
  for (const row of await readRows<EntityRow>(lake, keys, { columns })) {
    const known = newest.get(row.id)
    if (!known || isLater(row, known)) newest.set(row.id, row)
  }
  return [...newest.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, knowableMs, title, text, attributes: json }) => {
      const attributes = JSON.parse(json) as Attributes
      const provider = providerOf(attributes, graph.provider)
      return {
        ...{ id, knowableMs, attributes, title: title ?? null, text: text ?? null },
        ...(provider !== undefined && { provider }),
        isGone: goneIf.some((name) => Object.hasOwn(attributes, name) && attributes[name] === true),
      }
    })
}
