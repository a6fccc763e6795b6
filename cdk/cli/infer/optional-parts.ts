import { type ColumnFacts, fillOf, isConstant, isKeyOfRows } from './columns.ts'
import type { Guess } from './guess.ts'
import { isLabelName } from './label-names.ts'
import { partsOf, strengthOf } from './names.ts'

export interface OptionalParts {
  mapping: Record<string, unknown>
  columns: string[]
  guesses: Guess[]
}
interface Facts {
  /** Whether a row is a slate with its own labels. */
  isLabelledSlate: boolean
  /** Whether positions come from the order of a list. */
  isPlaced: boolean
  isHeaderless: boolean
}

const isNamed = (
  column: ColumnFacts,
  part: 'request' | 'eventId' | 'value' | 'propensity' | 'position',
) => strengthOf(column.name, part) >= 2 && fillOf(column) > 0.02

const isDistinct = ({ distinct, filled, rows }: ColumnFacts): boolean =>
  distinct === filled && filled === rows

const isPropensity = (column: ColumnFacts): boolean =>
  isNamed(column, 'propensity') && column.numeric === 1 && column.least > 0 && column.greatest <= 1

const isPosition = (column: ColumnFacts): boolean =>
  isNamed(column, 'position') &&
  column.numeric === 1 &&
  column.isWhole &&
  column.least >= 0 &&
  column.greatest <= 9_999

/** Optional parts of a mapping, for columns whose names and values agree. */
export function chooseOptional(columns: readonly ColumnFacts[], facts: Facts): OptionalParts {
  const mapping: Record<string, unknown> = {}
  const guesses: Guess[] = []
  const taken = new Set<string>()
  const take = (
    part: string,
    column: ColumnFacts | undefined,
    value: unknown,
    says: string,
    isSure: boolean,
  ) => {
    if (!column) return
    mapping[part] = value
    taken.add(column.name)
    guesses.push({ part, isSure, says })
  }
  const find = (fits: (column: ColumnFacts) => boolean) =>
    columns.find((column) => !taken.has(column.name) && column.lists === null && fits(column))

  // A value that differs in each row groups nothing, unless the row is a slate.
  const request = find(
    (column) =>
      isNamed(column, 'request') &&
      !isConstant(column) &&
      (facts.isLabelledSlate || !isKeyOfRows(column)),
  )
  take('request', request, request?.name, request?.name ?? '', true)
  const key = find(
    (column) =>
      isDistinct(column) &&
      (isNamed(column, 'eventId') ||
        isNamed(column, 'request') ||
        (facts.isHeaderless && column.place === 0) ||
        /^_?id$/i.test(column.name)),
  )
  if (key && facts.isLabelledSlate && !request)
    take(
      'request',
      key,
      key.name,
      `${key.name}: each row, which is a slate, has its own`,
      isNamed(key, 'eventId'),
    )
  else take('eventId', key, key?.name, `${key?.name}: each row has its own`, true)
  const value = find(
    (column) =>
      isNamed(column, 'value') &&
      column.numeric > 0.5 &&
      !isLabelName(column.name) &&
      !partsOf(column.name).hasId,
  )
  take('value', value, value?.name, value?.name ?? '', false)
  const propensity = find(isPropensity)
  take('propensity', propensity, propensity?.name, propensity?.name ?? '', true)
  const position = facts.isPlaced ? undefined : find(isPosition)
  const from = position?.least === 0 ? 0 : 1
  take(
    'position',
    position,
    { column: position?.name, from },
    `${position?.name}: ${position?.least} to ${position?.greatest}, the first is ${from}`,
    position !== undefined && position.least <= 1 && partsOf(position.name).words.length === 1,
  )
  return { mapping, columns: [...taken], guesses }
}
