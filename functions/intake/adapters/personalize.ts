import type { Scene } from '../../contract/scene.ts'
import { floorHour } from '../../contract/time.ts'
import { sha256Hex } from '../../core/digest.ts'
import { Flaw, isFlaw, Warning } from '../json-record.ts'
import { MAX_SLATE } from '../limits.ts'
import { type Adapter, type AdapterRecord, type LineRecords, streamed } from './adapter.ts'
import { splitQuoted } from './split.ts'
import { attributeIn, type Cell, idIn, numberIn, numberOrNone, readTable } from './table.ts'

/** Separates the values of one column: categories of an item, items of a slate. */
const LIST = '|'
const RESERVED = [
  'USER_ID',
  'ITEM_ID',
  'TIMESTAMP',
  'EVENT_TYPE',
  'EVENT_VALUE',
  'IMPRESSION',
  'RECOMMENDATION_ID',
]
/** A time from here on is not in seconds: it would be in the year 5138. */
const MILLISECONDS_FROM = 1e11

const table = {
  split: splitQuoted(','),
  separator: ',',
  readsAll: true,
  nameOf: (heading: string) => heading.trim().toUpperCase(),
}
/** `AddToCart`, `Add to cart`, `ADD_TO_CART` → `add_to_cart`. */
const outcomeNamed = (type: string): string =>
  type
    .trim()
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()

/** All columns except the reserved ones as attributes, by name in lower case. */
function attributesOf(cell: Cell, names: readonly string[], reserved: readonly string[]) {
  const attributes: [string, string | string[]][] = []
  for (const name of names) {
    const value = reserved.includes(name) ? undefined : attributeIn(cell(name), LIST)
    if (value !== undefined) attributes.push([name.toLowerCase(), value])
  }
  return Object.fromEntries(attributes)
}

function timeMsIn(cell: Cell): number | Flaw {
  const seconds = numberIn('TIMESTAMP', cell('TIMESTAMP'))
  if (typeof seconds !== 'number') return seconds
  if (seconds < MILLISECONDS_FROM) return seconds * 1000
  return new Flaw(
    'time_out_of_range',
    `TIMESTAMP: got ${seconds}, which looks like milliseconds; expected epoch seconds`,
  )
}

/** The scene's settings for event types, with defaults. */
function readTypes({ logs, objective }: Scene) {
  const {
    impressionEvents = ['impression'],
    outcomes = {},
    minEventValue,
  } = logs?.personalize ?? {}
  const shown = new Set(impressionEvents.map((type) => type.toLowerCase()))
  /** The least EVENT_VALUE of an outcome, if the values are grades. */
  function leastOf(type: string): number | undefined {
    if (typeof minEventValue !== 'object') return type === '' ? minEventValue : undefined
    return Object.hasOwn(minEventValue, type) ? minEventValue[type] : undefined
  }
  return {
    isImpression: (type: string) => shown.has(type.trim().toLowerCase()),
    isGraded: (type: string) => leastOf(type) !== undefined,
    outcomeOf(type: string, value: number | undefined): string | null {
      const least = leastOf(type)
      if (least !== undefined && (value ?? 0) < least) return null
      if (type === '') return objective
      return Object.hasOwn(outcomes, type) ? outcomes[type]! : outcomeNamed(type)
    },
  }
}

/** The column of values: EVENT_VALUE from the guide, or the column of ratings. */
const valueColumnOf = (names: readonly string[]): string =>
  names.includes('EVENT_VALUE') || !names.includes('RATING') ? 'EVENT_VALUE' : 'RATING'

interface Interaction {
  timeMs: number
  userId: string | undefined
  itemId: string | undefined
  requestId: string | undefined
  context: Record<string, string | string[]>
}

/** The impressions of a slate in order, and of the item if it is not in the slate. */
function* impressionsOf(
  slate: readonly string[],
  isAlone: boolean,
  { context, ...about }: Interaction,
): Generator<AdapterRecord> {
  const { itemId, requestId } = about
  for (const [i, item] of slate.entries())
    yield {
      type: 'impression',
      // If several rows repeat a slate, each place has one impression.
      eventId: `${requestId}/${i + 1}`,
      ...about,
      itemId: item,
      position: i + 1,
      context,
    }
  if (isAlone || (slate.length > 0 && itemId !== undefined && !slate.includes(itemId)))
    yield { type: 'impression', ...about, context }
}

function readInteraction(
  cell: Cell,
  names: readonly string[],
  types: ReturnType<typeof readTypes>,
): LineRecords | Flaw {
  const timeMs = timeMsIn(cell)
  if (typeof timeMs !== 'number') return timeMs
  const userId = idIn(cell('USER_ID'))
  const itemId = idIn(cell('ITEM_ID'))
  const type = cell('EVENT_TYPE') ?? ''
  const valueColumn = valueColumnOf(names)
  const value = numberOrNone(valueColumn, cell(valueColumn))
  const isGraded = types.isGraded(type)
  // A grade decides whether there is an outcome, so it must be a number.
  if (typeof value === 'object' && isGraded) return value
  const list = cell('IMPRESSION') ?? ''
  const slate = list.split(LIST).filter((item) => item !== '')
  if (slate.length > MAX_SLATE)
    return new Flaw(
      'out_of_bounds',
      `IMPRESSION: got ${slate.length} items, expected at most ${MAX_SLATE}`,
    )
  const isShown = types.isImpression(type)
  // A rating is only known after the impression, so it is not context.
  const context = attributesOf(cell, names, [...RESERVED, valueColumn])
  const recommendation = idIn(cell('RECOMMENDATION_ID'))
  // Every interaction repeats its slate. The same slate for the same user within an hour is one
  // slate.
  const request =
    recommendation ?? sha256Hex(`${userId}\n${floorHour(timeMs)}\n${list}`).slice(0, 32)
  const requestId = slate.length > 0 || recommendation ? request : undefined
  const isAlone = slate.length === 0 && (isShown || type === '' || isGraded)
  const about = { timeMs, userId, itemId, requestId }
  const number = typeof value === 'object' ? undefined : value
  const outcome = isShown ? null : types.outcomeOf(type, number)
  return streamed(function* () {
    yield* impressionsOf(slate, isAlone, { ...about, context })
    if (outcome === null) return
    yield { type: 'outcome', ...about, outcome, value: number, context }
    if (typeof value === 'object') yield new Warning('not_a_number', value.detail)
  })
}

/**
 * Amazon Personalize's bulk files (developer guide, "Preparing item interaction data for
 * training"). With IMPRESSION, the slate's items are impressions in order, and the interaction is
 * the outcome. Without it, an interaction of an impression type is an impression, one of another
 * type is an outcome, and one without a type is both. Column names become attributes in lower case.
 */
export const personalize: Adapter = {
  open(kind, scene) {
    if (kind === 'events') {
      const types = readTypes(scene)
      const wanted = ['USER_ID', 'ITEM_ID', 'TIMESTAMP']
      return readTable({ ...table, wanted }, (cell, names) => readInteraction(cell, names, types))
    }
    const id = kind === 'users' ? 'USER_ID' : 'ITEM_ID'
    return readTable({ ...table, wanted: [id] }, (cell, names) => [
      {
        id: idIn(cell(id)),
        attributes: attributesOf(cell, names, [id, 'DESCRIPTION']),
        text: cell('DESCRIPTION') || undefined,
      },
    ])
  },
}

/**
 * The kind of a file by its first line: interactions, items or users of Personalize; null for
 * another file.
 */
export function personalizeKindOf(header: string): 'events' | 'items' | 'users' | null {
  const cells = table.split(header)
  const names = isFlaw(cells) ? [] : cells.map(table.nameOf)
  const has = (name: string): boolean => names.includes(name)
  if (has('USER_ID') && has('ITEM_ID')) return has('TIMESTAMP') ? 'events' : null
  return has('ITEM_ID') ? 'items' : has('USER_ID') ? 'users' : null
}
