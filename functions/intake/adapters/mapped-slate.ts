import type { Mapping } from '../../contract/mapping.ts'
import type { Scene } from '../../contract/scene.ts'
import { Flaw } from '../json-record.ts'
import { MAX_SLATE } from '../limits.ts'
import { attributeIn, type Cell, idIn } from './table.ts'

type Slate = NonNullable<Mapping['slate']>

/** One place of a slate. */
export interface Place {
  item: string | undefined
  /** The first is 1. Undefined for an item outside a list. */
  position: number | undefined
  /** Size of its outcome, as text. */
  value: string | undefined
  isPositive: boolean
  context: Record<string, string | string[]>
}

/** The value at a path of a JSON value: `a.b` reaches inside. */
export function valueAt(record: unknown, path: string): unknown {
  if (record === null || typeof record !== 'object') return undefined
  if (Object.hasOwn(record, path)) return (record as Record<string, unknown>)[path]
  return path
    .split('.')
    .reduce<unknown>(
      (inner, part) =>
        inner !== null && typeof inner === 'object' && Object.hasOwn(inner, part)
          ? (inner as Record<string, unknown>)[part]
          : undefined,
      record,
    )
}

/** A JSON value as the text of a cell. Undefined for null. */
export const textOfValue = (value: unknown): string | undefined =>
  value === undefined || value === null
    ? undefined
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)

/** A list, from JSON or from text split by `separator`. A flaw if the text is not a list. */
function listIn(column: string, value: unknown, separator: string | undefined): unknown[] | Flaw {
  if (value === undefined || value === null || value === '') return []
  if (Array.isArray(value)) return value
  const text = String(value)
  if (separator !== undefined)
    return text.split(separator).filter((element) => element.trim() !== '')
  try {
    const parsed: unknown = JSON.parse(text)
    if (Array.isArray(parsed)) return parsed
  } catch {
    // Invalid JSON is not a list: reported below.
  }
  return new Flaw('bad_row', `${column}: got no list, expected a JSON array`)
}

/** Splits an element into item and label at the last separator. Without one, the label is empty. */
function cutLabel(element: string, sign: string): [item: string, label: string] {
  const at = element.lastIndexOf(sign)
  return at === -1 ? [element, ''] : [element.slice(0, at), element.slice(at + sign.length)]
}

/**
 * Reads the list of items in one row. `jsonOf` returns a column's value, text or JSON. `missing`
 * are words for a missing value.
 */
export function openSlate(slate: Slate, missing: readonly string[]) {
  const { column, separator, id, single, labelSuffix, labels, chosen } = slate
  const positives = new Set(slate.positive.map((value) => value.trim()))
  const nothing = new Set(missing.map((word) => word.trim()))
  const filled = (text: string | undefined): string | undefined =>
    text !== undefined && nothing.has(text.trim()) ? undefined : text
  const contextPaths = Object.entries(slate.context)
  return (jsonOf: (name: string) => unknown): Place[] | Flaw => {
    const list = listIn(column, jsonOf(column), separator)
    const beside = labels === undefined ? [] : listIn(labels, jsonOf(labels), separator)
    const taken = chosen === undefined ? [] : listIn(chosen, jsonOf(chosen), separator)
    for (const found of [list, beside, taken]) if (!Array.isArray(found)) return found
    const elements = list as unknown[]
    const alone = single === undefined ? undefined : idIn(filled(textOfValue(jsonOf(single))))
    if (elements.length === 0 && alone !== undefined)
      return [
        { item: alone, position: undefined, value: undefined, isPositive: false, context: {} },
      ]
    const marks = beside as unknown[]
    if (elements.length > MAX_SLATE)
      return new Flaw(
        'out_of_bounds',
        `${column}: got ${elements.length} items, expected at most ${MAX_SLATE}`,
      )
    if (labels !== undefined && marks.length !== elements.length)
      return new Flaw(
        'bad_row',
        `${labels}: got ${marks.length} labels, expected ${elements.length} as ${column} has`,
      )
    const chosenItems = new Set((taken as unknown[]).map((item) => textOfValue(item)?.trim()))
    return elements.map((element, i) => {
      const isObject = element !== null && typeof element === 'object'
      const text = textOfValue(isObject && id ? valueAt(element, id) : element)?.trim() ?? ''
      const [item, label] = labelSuffix === undefined ? [text, ''] : cutLabel(text, labelSuffix)
      const mark = labels === undefined ? label : (textOfValue(marks[i]) ?? '')
      const context: Place['context'] = {}
      for (const [name, path] of contextPaths) {
        const value = attributeIn(filled(textOfValue(valueAt(element, path))), undefined)
        if (value !== undefined) context[name] = value
      }
      return {
        item: idIn(filled(item)),
        position: i + 1,
        value: slate.value === undefined ? undefined : textOfValue(valueAt(element, slate.value)),
        isPositive: chosen === undefined ? positives.has(mark.trim()) : chosenItems.has(item),
        context,
      }
    })
  }
}

/** The outcome of a slate's own labels. Null if it has none. */
export const slateOutcome = (
  { labelSuffix, labels, chosen, outcome }: Slate,
  { objective }: Scene,
): string | null =>
  labelSuffix === undefined && labels === undefined && chosen === undefined
    ? null
    : (outcome ?? objective)

/** The columns of a row: text for a table, JSON values for JSON Lines. */
export interface Row {
  cell: Cell
  jsonOf(name: string): unknown
}
