import type { Scene } from '../../contract/scene.ts'
import { floorHour } from '../../contract/time.ts'
import { sha256Hex } from '../../core/digest.ts'
import { Flaw, isFlaw, Warning } from '../json-record.ts'
import { MAX_SLATE } from '../limits.ts'
import { type Adapter, type AdapterRecord, type LineRecords, streamed } from './adapter.ts'
import { splitQuoted } from './split.ts'
import { attributeIn, type Cell, idIn, numberIn, numberOrNone, readTable } from './table.ts'

/** Values of one column are cut by it: categories of an item, items of a slate. */
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
/** From here on a time cannot be seconds: they would be of the year 5138. */
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

/** All columns but the reserved ones as attributes, by name in lower case. */
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

/** What a scene says of event types, with the defaults of what it leaves out. */
function readTypes({ logs, objective }: Scene) {
  const {
    impressionEvents = ['impression'],
    outcomes = {},
    minEventValue,
  } = logs?.personalize ?? {}
  const shown = new Set(impressionEvents.map((type) => type.toLowerCase()))
  /** The least value that an interaction's outcome takes, where its values are grades. */
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

/** The column of values: the guide's own, else that of ratings. */
const valueColumnOf = (names: readonly string[]): string =>
  names.includes('EVENT_VALUE') || !names.includes('RATING') ? 'EVENT_VALUE' : 'RATING'

interface Interaction {
  timeMs: number
  userId: string | undefined
  itemId: string | undefined
  requestId: string | undefined
  context: Record<string, string | string[]>
}

/** The slate in its order, and an item that was interacted with and stands in none. */
function* impressionsOf(
  slate: readonly string[],
  isAlone: boolean,
  { context, ...about }: Interaction,
): Generator<AdapterRecord> {
  const { itemId, requestId } = about
  for (const [i, item] of slate.entries())
    yield {
      type: 'impression',
      // Of a slate that several rows repeat, one impression a place.
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
  // A grade says what it was.
  if (typeof value === 'object' && isGraded) return value
  const list = cell('IMPRESSION') ?? ''
  const slate = list.split(LIST).filter((item) => item !== '')
  if (slate.length > MAX_SLATE)
    return new Flaw(
      'out_of_bounds',
      `IMPRESSION: got ${slate.length} items, expected at most ${MAX_SLATE}`,
    )
  const isShown = types.isImpression(type)
  // A rating is known after the impression only.
  const context = attributesOf(cell, names, [...RESERVED, valueColumn])
  const recommendation = idIn(cell('RECOMMENDATION_ID'))
  // Every interaction repeats its slate: one that the same person saw within the hour is the same.
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
    yield { type: 'outcome', ...about, outcome, value: number }
    if (typeof value === 'object') yield new Warning('not_a_number', value.detail)
  })
}

/**
 * Amazon Personalize's bulk files (developer guide, "Preparing item interaction data for training").
 * With IMPRESSION, the slate's items are impressions in their order and the interaction is the
 * outcome. Without, an interaction of an impression type is an impression, one of another type an
 * outcome, and one of no type both. Column names become attributes in lower case.
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

/** Whether a first line heads interactions, items or users of Personalize; null for none of them. */
export function personalizeKindOf(header: string): 'events' | 'items' | 'users' | null {
  const cells = table.split(header)
  const names = isFlaw(cells) ? [] : cells.map(table.nameOf)
  const has = (name: string): boolean => names.includes(name)
  if (has('USER_ID') && has('ITEM_ID')) return has('TIMESTAMP') ? 'events' : null
  return has('ITEM_ID') ? 'items' : has('USER_ID') ? 'users' : null
}
