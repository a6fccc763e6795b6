import { type ColumnFacts, ENOUGH_ROWS, isConstant, isKeyOfRows, yesOf } from './columns.ts'
import { meaningsOf } from './event-words.ts'
import type { Guess } from './guess.ts'
import type { Table } from './layouts.ts'
import { attributeName, partsOf, rolesOf, strengthOf } from './names.ts'

const MOST_LENGTH = 100
const FEWEST_ROWS = 5

/** Whether each row is one item or one user: it has its own id, and no column describes an event. */
function ownerOf(
  columns: readonly ColumnFacts[],
): { part: 'item' | 'user'; key: ColumnFacts } | null {
  const keys = columns.filter(
    (column) =>
      column.rows >= FEWEST_ROWS &&
      column.filled === column.rows &&
      column.distinct === column.rows,
  )
  for (const part of ['item', 'user'] as const) {
    const other = part === 'item' ? 'user' : 'item'
    const bare = (column: ColumnFacts): boolean => /^id$/i.test(column.name)
    const named = keys.filter(
      (column) => strengthOf(column.name, part) >= 2 && partsOf(column.name).words.length <= 2,
    )
    const isOthers = columns.some(
      (column) => strengthOf(column.name, other) >= 2 && partsOf(column.name).hasId,
    )
    const attributes = columns.filter((column) =>
      rolesOf(column.name).some(({ role }) => role === `${part}Attribute`),
    )
    const key = named[0] ?? keys.find((column) => bare(column) && attributes.length > 0)
    if (!key || isOthers || attributes.length === 0) continue
    if (key.rows < ENOUGH_ROWS && attributes.length < 2) continue
    const happens = columns.some(
      (column) =>
        column !== key &&
        ((strengthOf(column.name, 'time') >= 2 &&
          column.times?.hasHours === true &&
          !isConstant(column)) ||
          (strengthOf(column.name, 'event') === 3 &&
            [...meaningsOf([...column.counts.keys()]).values()].some(
              ({ kind }) => kind !== 'unknown',
            )) ||
          strengthOf(column.name, 'session') > 0 ||
          (/click|purchase/i.test(column.name) && yesOf(column) !== null)),
    )
    if (!happens) return { part, key }
  }
  return null
}

/** The mapping of a catalogue file, which describes items or users. Null for a log of events. */
export function catalogueOf(
  table: Table,
  columns: readonly ColumnFacts[],
): { guesses: Guess[]; written: Record<string, unknown> } | null {
  const owner = ownerOf(columns)
  if (!owner) return null
  const { part, key } = owner
  const able = columns.filter(
    (column) => column !== key && !isConstant(column) && column.lists === null,
  )
  const text = able.find(
    (column) => /title|name|description|text|body/i.test(column.name) && isKeyOfRows(column),
  )
  const attributes = able.filter(
    (column) =>
      column !== text && column.meanLength <= MOST_LENGTH && column.distinct <= 0.9 * column.filled,
  )
  const written = {
    [`${part}s`]: {
      id: key.name,
      attributes: Object.fromEntries(
        attributes.map(({ name, place }) => [
          attributeName(name.replaceAll('.', '_'), place),
          name,
        ]),
      ),
      ...(text && part === 'item' && { text: text.name }),
    },
  }
  const says = `${key.name}: one row for each of ${table.rows} ${part}s and no events: a catalogue, not a log`
  return { written, guesses: [{ part: 'catalogue', isSure: true, says }] }
}
