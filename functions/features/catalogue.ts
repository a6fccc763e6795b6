import type { Attributes } from '../contract/events.ts'
import type { EntityRow } from '../contract/rows.ts'

/** What the catalogue knew about entities at an instant. */
export interface Catalogue {
  /** Attributes of the newest statement that was visible at `timeMs`, or null. */
  attributesOf(id: string, timeMs: number): Attributes | null
}
/** A catalogue with a list of its entities. */
export interface ListedCatalogue extends Catalogue {
  /** All entities with a statement, in order. */
  ids(): string[]
}

/**
 * Statements about items or about users. A statement is visible `nearLineMs` after it became knowable.
 * The one that became knowable last wins, then drop and row decide.
 */
export function indexCatalogue(rows: readonly EntityRow[], nearLineMs = 0): ListedCatalogue {
  const statements = new Map<string, { knowableMs: number; attributes: Attributes }[]>()
  const inOrder = [...rows].sort(
    (a, b) =>
      a.knowableMs - b.knowableMs || (a.drop < b.drop ? -1 : a.drop > b.drop ? 1 : a.row - b.row),
  )
  for (const { id, knowableMs, attributes } of inOrder) {
    const statement = { knowableMs, attributes: JSON.parse(attributes) as Attributes }
    const list = statements.get(id)
    if (list) list.push(statement)
    else statements.set(id, [statement])
  }
  return {
    ids: () => [...statements.keys()].sort(),
    attributesOf: (id, timeMs) =>
      statements.get(id)?.findLast(({ knowableMs }) => knowableMs + nearLineMs <= timeMs)
        ?.attributes ?? null,
  }
}
