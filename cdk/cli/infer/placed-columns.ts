import type { Scene } from '../../../functions/contract/scene.ts'
import { type ColumnFacts, fillOf, withoutAnybody } from './columns.ts'
import type { Guess } from './guess.ts'
import { chooseByName, chooseByValues, type IdentityChoice } from './identities.ts'
import type { Table } from './layouts.ts'
import { strengthOf } from './names.ts'
import { chooseSlate, type SlateChoice } from './slates.ts'
import { chooseTime, type TimeChoice } from './times.ts'
import { chooseByKnown, chooseByOrder, type KnownOrder, knownOrderOf } from './usual-orders.ts'

export interface TableQuestion {
  table: Table
  columns: readonly ColumnFacts[]
  nowMs: number
  scene: Scene
  fileName: string
}

/** The columns for time, user and item. */
export interface PlacedColumns {
  /** All columns that can be mapped. */
  columns: ColumnFacts[]
  known: KnownOrder | null
  time: TimeChoice
  user: IdentityChoice | null
  item: IdentityChoice | null
  slate: SlateChoice | null
  /** Columns of these parts, and others that read as times. */
  taken: Set<string>
  guesses: Guess[]
}

/** User and item: by column names, or by the usual order if no line names the columns. */
function chooseIdentities(
  all: readonly ColumnFacts[],
  taken: ReadonlySet<string>,
  table: Table,
  slate: SlateChoice | null,
  known: KnownOrder | null,
) {
  if (known) return chooseByKnown(known, all)
  const columns = all.filter(({ name }) => !taken.has(name))
  if (table.header === 'none') {
    const found = columns.length > 1 ? chooseByOrder(all, taken) : null
    return { user: found?.user ?? null, item: slate ? null : (found?.item ?? null) }
  }
  let user = chooseByName(columns, 'user')
  const without = (choice: IdentityChoice | null) =>
    columns.filter(({ name }) => !choice?.columns.includes(name))
  let item = slate ? null : chooseByName(without(user), 'item')
  if (user && !item && !slate) item = chooseByValues(without(user), 'item')
  if (!user && item) user = chooseByValues(without(item), 'user')
  return { user, item }
}

/**
 * The list of items of each row, if not all rows have a single item. Rows without a list can have a
 * single item beside it.
 */
function slateFor(columns: readonly ColumnFacts[], table: Table): SlateChoice | null {
  const found = chooseSlate(columns, table.header === 'none')
  if (!found || found.hasLabels) return found
  const own = chooseByName(
    columns.filter(({ name, lists }) => !found.columns.includes(name) && lists === null),
    'item',
  )
  const column = own && columns.find(({ name }) => name === own.columns[0])
  if (!column || strengthOf(column.name, 'item') < 3) return found
  if (fillOf(column) > 0.9) return null
  const { slate, columns: names, guess } = found
  if (slate.id === undefined) return found
  return {
    slate: { ...slate, single: column.name },
    columns: [...names, column.name],
    hasLabels: false,
    isShown: found.isShown,
    guess: {
      ...guess,
      isSure: false,
      says: `${guess.says}; ${column.name} where a row has no list`,
    },
  }
}

const named = (part: string, choice: IdentityChoice | null): Guess =>
  choice?.guess ?? {
    part,
    isSure: false,
    says: `no column looks like ${part === 'user' ? 'a user' : 'an item'}`,
  }

/** Whether a column only counts rows, as a data frame's index does. */
const isOnlyIndex = ({ isIndex, name }: ColumnFacts, { header }: Table): boolean =>
  isIndex && header === 'named' && /^(column_\d+|unnamed.*|index|)$/i.test(name)

/** Time, user and item, which choose their columns before all other parts. */
export function placeColumns({ table, columns: all, nowMs }: TableQuestion): PlacedColumns {
  const isHeaderless = table.header === 'none'
  const facts = all.map((column) => withoutAnybody(column, nowMs))
  const columns = facts.filter((column) => !isOnlyIndex(column, table))
  const slate = slateFor(columns, table)
  const known = isHeaderless ? knownOrderOf(facts) : null
  const time = chooseTime(columns, nowMs, isHeaderless, known)
  const elsewhere = new Set([...time.able, ...(slate?.columns ?? [])])
  const { user, item } = chooseIdentities(columns, elsewhere, table, slate, known)
  const guesses = [
    ...(slate ? [slate.guess] : []),
    time.guess,
    named('user', user),
    ...(slate ? [] : [named('item', item)]),
  ]
  const taken = new Set([...elsewhere, ...(user?.columns ?? []), ...(item?.columns ?? [])])
  return { columns, known, time, user, item, slate, taken, guesses }
}
