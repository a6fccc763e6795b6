import { mappingSchema } from '../../../functions/contract/mapping.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { knownAfter } from './after.ts'
import { type AttributeChoice, chooseAttributes } from './attributes.ts'
import { type ColumnFacts, isKeyOfRows } from './columns.ts'
import type { Guess } from './guess.ts'
import type { KindChoice } from './kind-choice.ts'
import { chooseKind } from './kinds.ts'
import type { Table } from './layouts.ts'
import { nameLabels, objectiveFor } from './objective.ts'
import { chooseOptional } from './optional-parts.ts'
import { type PlacedColumns, placeColumns, type TableQuestion } from './placed-columns.ts'
import { sceneFor } from './scene-for.ts'

export interface MappedTable {
  /** Null if no column looks like a user or an item. */
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
        says: 'no line names the columns, so their names are generated in order',
      },
    ]
  return isHeaderSure
    ? []
    : [{ part: 'header', isSure: false, says: 'the first line is read as the column names' }]
}

const freeOf = ({ columns, taken }: PlacedColumns): ColumnFacts[] =>
  columns.filter(({ name }) => !taken.has(name))

/** The meaning of a row. For a list of shown items, only the list's own labels can define it. */
function kindOf(
  placed: PlacedColumns,
  { table, columns, scene, fileName }: TableQuestion,
): KindChoice {
  const { slate, item, known } = placed
  const kind = chooseKind({
    columns: freeOf(placed),
    item: item ? columns.find(({ name }) => name === item.columns[0]) : undefined,
    scene,
    isHeaderless: table.header === 'none',
    known,
    fileName,
    names: columns.map(({ name }) => name),
    rows: table.rows,
  })
  if (!slate || !(slate.hasLabels || (slate.isShown && !kind.hasImpressions))) return kind
  const untold: Guess = {
    part: 'label',
    isSure: false,
    says: `no column shows which items of ${slate.slate.column} had the outcome ${scene.objective}`,
  }
  return {
    mapping: {},
    columns: [],
    guesses: slate.hasLabels ? [] : [untold],
    outcomes: new Map([[scene.objective, table.rows]]),
    hasImpressions: true,
    positives: null,
  }
}

/** Placeholders for missing values, and the decimal sign, in the mapped columns. */
function textParts(mapped: readonly ColumnFacts[]): Record<string, unknown> {
  const words = [...new Set(mapped.flatMap(({ missing }) => [...missing.keys()]))].sort()
  const isPoint = mapped.some(
    ({ numeric, isWhole, isDecimalComma }) => numeric === 1 && !isWhole && !isDecimalComma,
  )
  const isComma = !isPoint && mapped.some(({ isDecimalComma }) => isDecimalComma)
  return {
    ...(isComma && { decimal: ',' }),
    ...(words.length > 0 && { missing: words.slice(0, 64) }),
  }
}

/** Context and attributes, without columns that are known only after the impression. */
function describe(placed: PlacedColumns, { positives }: KindChoice): AttributeChoice {
  const after = knownAfter(freeOf(placed), positives)
  for (const { name } of after) placed.taken.add(name)
  const leftOut: Guess[] =
    after.length === 0
      ? []
      : [
          {
            part: 'left out',
            isSure: false,
            says: `${after.map(({ name }) => name).join(', ')}: known only after the impression, so as context it would reveal the outcome`,
          },
        ]
  const attributes = chooseAttributes(freeOf(placed).filter((column) => !isKeyOfRows(column)))
  const { context, itemAttributes, userAttributes } = attributes
  for (const part of [context, itemAttributes, userAttributes])
    for (const name of Object.values(part)) placed.taken.add(name)
  return { ...attributes, guesses: [...leftOut, ...attributes.guesses] }
}

const unlessEmpty = (name: string, part: Record<string, string>) =>
  Object.keys(part).length > 0 ? { [name]: part } : {}

/** A mapping of a table, with its sure and unsure parts. */
export function mapTable(question: TableQuestion): MappedTable {
  const { table, scene } = question
  const placed = placeColumns(question)
  const { slate, item, user, time, taken } = placed
  const kind = kindOf(placed, question)
  for (const name of kind.columns) taken.add(name)
  const guesses = [...layoutGuesses(table), ...placed.guesses, ...kind.guesses]
  const unmapped = () => freeOf(placed).map(({ name }) => name)
  if (user === null || (item === null && slate === null))
    return { written: null, scene: null, guesses, unmapped: unmapped() }
  const { objective, guess } = objectiveFor(scene, kind)
  const optional = chooseOptional(freeOf(placed), {
    isLabelledSlate: slate?.hasLabels === true,
    isPlaced: slate !== null && slate.slate.single === undefined,
    isHeaderless: table.header === 'none',
  })
  for (const name of optional.columns) taken.add(name)
  const attributes = describe(placed, kind)
  const text = textParts(placed.columns.filter(({ name }) => taken.has(name)))
  const comma = { part: 'decimal', isSure: true, says: 'a comma is the decimal sign' }
  const written = nameLabels(
    {
      ...layoutOf(table),
      ...text,
      time: time.time,
      user: user.identity,
      ...(slate ? { slate: slate.slate } : { item: item!.identity }),
      ...kind.mapping,
      ...optional.mapping,
      ...unlessEmpty('context', attributes.context),
      ...unlessEmpty('itemAttributes', attributes.itemAttributes),
      ...unlessEmpty('userAttributes', attributes.userAttributes),
    },
    scene,
    objective,
  )
  const outcomes = [...kind.outcomes.keys()]
  return {
    written,
    scene: sceneFor(scene, mappingSchema.parse(written), objective, outcomes, kind.hasImpressions),
    guesses: [
      ...guesses,
      ...(guess ? [guess] : []),
      ...optional.guesses,
      ...attributes.guesses,
      ...('decimal' in text ? [comma] : []),
    ],
    unmapped: unmapped(),
  }
}
