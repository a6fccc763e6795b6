import { type ColumnFacts, fillOf, isConstant, isKeyOfRows } from './columns.ts'
import type { Guess } from './guess.ts'
import { attributeName, partsOf, rolesOf } from './names.ts'

export interface AttributeChoice {
  context: Record<string, string>
  itemAttributes: Record<string, string>
  userAttributes: Record<string, string>
  guesses: Guess[]
}

const MOST_CONTEXT = 40
const MOST_VALUES = 1000
function uniqueNames(columns: readonly ColumnFacts[]): Record<string, string> {
  const names: Record<string, string> = {}
  for (const { name, place } of columns) {
    const base = attributeName(name.replaceAll('.', '_'), place)
    let unique = base
    for (let n = 2; Object.hasOwn(names, unique); n++) unique = `${base}_${n}`
    names[unique] = name
  }
  return names
}

/** Unused columns as attributes of item and user, and as context. Columns with few repeats are left out. */
export function chooseAttributes(columns: readonly ColumnFacts[]): AttributeChoice {
  const able = columns.filter(
    (column) =>
      !isConstant(column) &&
      !isKeyOfRows(column) &&
      column.lists === null &&
      fillOf(column) > 0.01 &&
      column.meanLength <= 100,
  )
  const hasRole = (column: ColumnFacts, role: string): boolean =>
    rolesOf(column.name).some((found) => found.role === role)
  const ofUser = able.filter(
    (column) =>
      (hasRole(column, 'userAttribute') || /^user_/i.test(column.name)) &&
      !hasRole(column, 'context') &&
      !hasRole(column, 'session'),
  )
  const rest = able.filter((column) => !ofUser.includes(column))
  const ofItem = rest.filter((column) => hasRole(column, 'itemAttribute'))
  const context = rest
    .filter((column) => !ofItem.includes(column) && !hasRole(column, 'session'))
    .filter((column) => {
      const { hasId } = partsOf(column.name)
      const most = hasId && !hasRole(column, 'context') ? 100 : MOST_VALUES
      return column.distinct > 1 && column.distinct <= most && column.distinct <= column.filled / 2
    })
    .slice(0, MOST_CONTEXT)
  const parts = { context, itemAttributes: ofItem, userAttributes: ofUser }
  const guesses = Object.entries(parts)
    .filter(([, found]) => found.length > 0)
    .map(([part, found]): Guess => {
      const later = part === 'context' ? '' : ': known from the next drop on'
      return { part, isSure: false, says: `${found.map(({ name }) => name).join(', ')}${later}` }
    })
  return {
    context: uniqueNames(context),
    itemAttributes: uniqueNames(ofItem),
    userAttributes: uniqueNames(ofUser),
    guesses,
  }
}
