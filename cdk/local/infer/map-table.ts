import type { Mapping } from '../../../functions/contract/mapping.ts'
import { mappingSchema } from '../../../functions/contract/mapping.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { knownAfter } from './after.ts'
import { chooseAttributes } from './attributes.ts'
import { type ColumnFacts, fillOf, isKeyOfRows, withoutAnybody } from './columns.ts'
import type { Guess } from './guess.ts'
import { chooseByName, chooseByValues, type IdentityChoice } from './identities.ts'
import type { KindChoice } from './kind-choice.ts'
import { chooseKind } from './kinds.ts'
import type { Table } from './layouts.ts'
import { strengthOf } from './names.ts'
import { chooseOptional } from './optional-parts.ts'
import { sceneFor } from './scene-for.ts'
import { chooseSlate, type SlateChoice } from './slates.ts'
import { chooseTime } from './times.ts'
import { chooseByKnown, chooseByOrder, type KnownOrder, knownOrderOf } from './usual-orders.ts'

export interface TableQuestion {
  table: Table
  columns: ColumnFacts[]
  nowMs: number
  scene: Scene
  fileName: string
}
export interface MappedTable {
  /** Null where nothing looks like a user or an item. */
  written: Record<string, unknown> | null
  scene: Scene | null
  guesses: Guess[]
  unmapped: string[]
}

function layoutOf({ layout, separator, quoting, header, names }: Table): Record<string, unknown> {
  if (layout === 'json-lines') return { layout }
  return {
    ...(separator !== ',' && { separator }),
    ...(quoting !== 'rfc4180' && separator !== 'blanks' && separator !== '::' && { quoting }),
    ...(header === 'none' && { header: names }),
    ...(header === 'fields' && { header }),
  }
}

function layoutGuesses({ header, isHeaderSure }: Table): Guess[] {
  if (header === 'none')
    return [
      {
        part: 'header',
        isSure: false,
        says: 'no line names the columns: the names are made up, in their order',
      },
    ]
  return isHeaderSure
    ? []
    : [{ part: 'header', isSure: false, says: 'the first line is taken for the columns’ names' }]
}

/** Who and what: by names where there are any; by the usual order where no line names the columns. */
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

/** Words for nothing in the columns that are mapped. */
const missingOf = (columns: readonly ColumnFacts[]): string[] =>
  [...new Set(columns.flatMap(({ missing }) => [...missing.keys()]))].sort().slice(0, 64)

/**
 * A list of items, where rows have one and do not all name an item of their own: an item that stands
 * alone in the rows without a list is read beside it.
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
    guess: {
      ...guess,
      isSure: false,
      says: `${guess.says}; ${column.name} where a row has no list`,
    },
  }
}

/** The objective that the log can teach: the scene's, else one that the log has, the scene's own first. */
function objectiveFor(
  scene: Scene,
  { outcomes, hasImpressions }: KindChoice,
): { objective: string; guess: Guess | null } {
  const had = [...outcomes].filter(([, count]) => count > 0)
  if (outcomes.has(scene.objective) || had.length === 0)
    return { objective: scene.objective, guess: null }
  const [chosen] = [...had].sort(
    ([a, n], [b, m]) =>
      Number(Object.hasOwn(scene.outcomes, b)) - Number(Object.hasOwn(scene.outcomes, a)) || m - n,
  )
  const listed = had.map(([outcome, count]) => `${outcome} (${count})`).join(', ')
  return {
    objective: chosen![0],
    guess: {
      part: 'objective',
      isSure: false,
      says: `the scene ${scene.scene} predicts ${scene.objective}, which this log does not have; it has ${listed}. The scene beside the mapping predicts ${chosen![0]}: name another under "objective", or map one to ${scene.objective}${hasImpressions ? '' : '; negatives are drawn'}`,
    },
  }
}

const named = (part: string, choice: IdentityChoice | null): Guess =>
  choice?.guess ?? {
    part,
    isSure: false,
    says: `no column looks like ${part === 'user' ? 'a user' : 'an item'}`,
  }

/** A mapping of a table, with what is sure and unsure of it. */
export function mapTable({
  table,
  columns: all,
  nowMs,
  scene,
  fileName,
}: TableQuestion): MappedTable {
  const columns = all.map((column) => withoutAnybody(column, nowMs))
  const guesses: Guess[] = layoutGuesses(table)
  const isHeaderless = table.header === 'none'
  const useful = columns.filter(
    ({ isIndex, name }) =>
      !(isIndex && table.header === 'named' && /^(column_\d+|unnamed.*|index|)$/i.test(name)),
  )
  const slate = slateFor(useful, table)
  const known = isHeaderless ? knownOrderOf(columns) : null
  const time = chooseTime(useful, nowMs, isHeaderless, known)
  const elsewhere = new Set([...time.able, ...(slate?.columns ?? [])])
  const { user, item } = chooseIdentities(useful, elsewhere, table, slate, known)
  if (slate) guesses.push(slate.guess)
  const isKnown = user !== null && (item !== null || slate !== null)
  guesses.push(time.guess, named('user', user))
  if (!slate) guesses.push(named('item', item))
  const taken = new Set([
    ...time.able,
    ...(user?.columns ?? []),
    ...(item?.columns ?? []),
    ...(slate?.columns ?? []),
  ])
  const free = () => useful.filter(({ name }) => !taken.has(name))
  const itemColumn = item ? columns.find(({ name }) => name === item.columns[0]) : undefined
  const kind = chooseKind({
    columns: free(),
    item: itemColumn,
    scene,
    isHeaderless,
    known,
    fileName,
    names: columns.map(({ name }) => name),
    rows: table.rows,
  })
  // A list with labels says itself which items have the outcome.
  const own = slate?.hasLabels
    ? {
        ...kind,
        mapping: {},
        columns: [],
        guesses: [],
        outcomes: new Map([[scene.objective, table.rows]]),
        hasImpressions: true,
        positives: null,
      }
    : kind
  guesses.push(...own.guesses)
  for (const name of own.columns) taken.add(name)
  if (!isKnown)
    return { written: null, scene: null, guesses, unmapped: free().map(({ name }) => name) }
  const { objective, guess } = objectiveFor(scene, own)
  if (guess) guesses.push(guess)
  const optional = chooseOptional(free(), {
    isLabelledSlate: slate?.hasLabels === true,
    isPlaced: slate !== null && slate.slate.single === undefined,
    isHeaderless,
  })
  guesses.push(...optional.guesses)
  for (const name of optional.columns) taken.add(name)
  const after = knownAfter(free(), own.positives)
  for (const { name } of after) taken.add(name)
  if (after.length > 0)
    guesses.push({
      part: 'left out',
      isSure: false,
      says: `${after.map(({ name }) => name).join(', ')}: known only after the impression, as context it would tell the outcome`,
    })
  const attributes = chooseAttributes(free().filter((column) => !isKeyOfRows(column)))
  guesses.push(...attributes.guesses)
  const { context, itemAttributes, userAttributes } = attributes
  const filled = (part: Record<string, string>) => Object.keys(part).length > 0
  for (const part of [context, itemAttributes, userAttributes])
    for (const name of Object.values(part)) taken.add(name)
  const mapped = columns.filter(({ name }) => taken.has(name))
  const missing = missingOf(mapped)
  const isDecimalComma = mapped.some((column) => column.isDecimalComma)
  if (isDecimalComma)
    guesses.push({
      part: 'decimal',
      isSure: true,
      says: 'a comma stands between whole and fraction',
    })
  const written: Record<string, unknown> = {
    ...layoutOf(table),
    ...(isDecimalComma && { decimal: ',' }),
    ...(missing.length > 0 && { missing }),
    time: time.time,
    user: user!.identity,
    ...(slate ? { slate: slate.slate } : { item: item!.identity }),
    ...own.mapping,
    ...optional.mapping,
    ...(filled(context) && { context }),
    ...(filled(itemAttributes) && { itemAttributes }),
    ...(filled(userAttributes) && { userAttributes }),
  }
  const withObjective = labelled(written, scene, objective)
  const mapping = mappingSchema.parse(withObjective) as Mapping
  return {
    written: withObjective,
    scene: sceneFor(scene, mapping, objective, [...own.outcomes.keys()], own.hasImpressions),
    guesses,
    unmapped: free().map(({ name }) => name),
  }
}

/** A label without an outcome is the objective's: where that is another scene's, the label names it. */
function labelled(
  written: Record<string, unknown>,
  scene: Scene,
  objective: string,
): Record<string, unknown> {
  if (objective === scene.objective || written['label'] === undefined) return written
  const name = (label: object) =>
    'outcome' in label ? label : { ...label, outcome: scene.objective }
  const label = written['label'] as object
  return { ...written, label: Array.isArray(label) ? label.map(name) : name(label) }
}
