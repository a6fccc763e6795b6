import type { Mapping } from '../../../functions/contract/mapping.ts'
import { type ColumnFacts, fillOf } from './columns.ts'
import type { Guess } from './guess.ts'
import { strengthOf, wordsOf } from './names.ts'

type Slate = Partial<NonNullable<Mapping['slate']>> & { column: string }
export interface SlateChoice {
  slate: Slate
  columns: string[]
  /** Whether the row has the outcomes of its items. */
  hasLabels: boolean
  /** Whether the column's name means that its items were shown. */
  isShown: boolean
  guess: Guess
}

const SEPARATORS = [' ', '|', ',', ';'] as const
const LISTED =
  /^(impressions?|items?|products?|slate|shown|inview|candidates?|recommended|recommendations?|results?|articles?|ids|list|displayed|ranking|docs?|documents?|ads|news|exposed|offers|movies|videos)$/
const CHOSEN = /^(clicked|clicks?|chosen|selected|bought|purchased|positives?)$/
const LABELS = /^(labels?|clicks?|clicked|targets?|y)$/
const HISTORY = /^(history|histories|hist|past|previous|last|seen|read|session)$/

/** A column's cells as lists: JSON, or text cut by the separator of nearly all cells. */
interface Listed {
  column: ColumnFacts
  separator: string | null
  lists: readonly (readonly unknown[] | null)[]
}

const lengthOf = (list: readonly unknown[] | null): number => list?.length ?? 0
/** Whether most rows have lists of more than one element. */
function isList({ lists }: Listed): boolean {
  const filled = lists.filter((list) => lengthOf(list) > 0)
  const many = filled.filter((list) => lengthOf(list) > 1)
  return filled.length > 0 && many.length * 2 > filled.length
}

function parsedLists(values: readonly (string | null)[]): (unknown[] | null)[] | null {
  let found = 0
  const lists = values.map((value) => {
    if (value === null || !/^\s*\[.*\]\s*$/s.test(value)) return null
    try {
      const list: unknown = JSON.parse(value)
      if (!Array.isArray(list)) return null
      found++
      return list
    } catch {
      return null
    }
  })
  return found * 2 > values.filter((value) => value !== null).length ? lists : null
}

/** Whether a token looks like an identifier, not a word of a sentence. */
const isToken = (text: string): boolean => /^[\w:.@-]{1,80}$/.test(text) && /\d/.test(text)

function listedBy(column: ColumnFacts, isNamed: boolean): Listed | null {
  if (column.lists) return { column, separator: null, lists: column.lists }
  const json = parsedLists(column.values)
  if (json) return { column, separator: null, lists: json }
  for (const separator of SEPARATORS) {
    const lists = column.values.map((value) =>
      value === null
        ? null
        : value
            .split(separator)
            .map((part) => part.trim())
            .filter((part) => part !== ''),
    )
    const listed = { column, separator, lists }
    const tokens = lists.slice(0, 200).flatMap((list) => list ?? [])
    const share = tokens.filter(isToken).length / Math.max(1, tokens.length)
    if (isList(listed) && (share > 0.95 || (isNamed && share > 0.5))) return listed
  }
  return null
}

const isOneOf = (name: string, pattern: RegExp): boolean =>
  wordsOf(name).some((word) => pattern.test(word))

/** The key of an element's id: the one named like an item, or `id`. */
function idKeyOf(lists: Listed['lists']): string | null {
  const objects = lists.flatMap((list) => list ?? []).slice(0, 500)
  const sound = objects.filter((one) => one !== null && typeof one === 'object') as object[]
  if (sound.length === 0) return null
  const keys = [...new Set(sound.flatMap((one) => Object.keys(one)))]
  const ranked = keys
    .map((key) => ({
      key,
      rank:
        key.toLowerCase() === 'id'
          ? 2.5
          : strengthOf(key, 'item') + (/id$|sku|asin/i.test(key) ? 0.4 : 0),
    }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
  return ranked[0]?.key ?? null
}

/** Attributes of elements that are useful as features. */
function contextOf(lists: Listed['lists'], id: string): Record<string, string> {
  const objects = lists.flatMap((list) => list ?? []).slice(0, 500) as Record<string, unknown>[]
  const keys = [...new Set(objects.flatMap((one) => Object.keys(one ?? {})))]
  const kept = keys.filter((key) => {
    const values = objects.map((one) => one?.[key]).filter((value) => typeof value === 'string')
    const distinct = new Set(values).size
    return (
      key !== id &&
      /^[A-Za-z]\w{0,47}$/.test(key) &&
      !/id$|name$|title$|url$/i.test(key) &&
      distinct > 1 &&
      distinct <= 50
    )
  })
  return Object.fromEntries(kept.slice(0, 8).map((key) => [key, key]))
}

function byObjects({ column, lists }: Listed): Found | null {
  const id = idKeyOf(lists)
  if (id === null) return null
  const context = contextOf(lists, id)
  const slate: Slate = {
    column: column.name,
    id,
    ...(Object.keys(context).length > 0 && { context }),
  }
  const says = `${column.name}: a list of objects, ${id} names the item`
  return {
    slate,
    columns: [column.name],
    hasLabels: false,
    guess: { part: 'slate', isSure: strengthOf(id, 'item') >= 3, says },
  }
}

function bySuffix({ column, separator, lists }: Listed): Found | null {
  if (separator === null) return null
  const tokens = lists.flatMap((list) => (list ?? []) as string[])
  for (const sign of ['-', ':', '_', '#', '=']) {
    const suffixes = new Set(tokens.map((token) => token.slice(token.lastIndexOf(sign) + 1)))
    const isLabelled = tokens.every((token) => token.lastIndexOf(sign) > 0)
    if (!isLabelled || suffixes.size !== 2 || !suffixes.has('0') || !suffixes.has('1')) continue
    return {
      slate: { column: column.name, separator, labelSuffix: sign },
      columns: [column.name],
      hasLabels: true,
      guess: {
        part: 'slate',
        isSure: true,
        says: `${column.name}: items cut by ${separator === ' ' ? 'a blank' : separator}, ${sign}1 after those with the outcome`,
      },
    }
  }
  return null
}

const separatorOf = ({ separator }: Listed) => (separator === null ? {} : { separator })

/** Labels in another column: a list of yes and no of the same length, or a list of the chosen items. */
function byNeighbour(listed: Listed, others: readonly Listed[]): Found | null {
  const { column, lists } = listed
  for (const other of others) {
    if (other.separator !== listed.separator) continue
    const rows = lists.map((list, row) => [list ?? [], other.lists[row] ?? []] as const)
    const both = rows.filter(([items, beside]) => items.length > 0 && beside.length > 0)
    if (both.length === 0) continue
    const slate = { column: column.name, ...separatorOf(listed) }
    const columns = [column.name, other.column.name]
    const marks = new Set(both.flatMap(([, beside]) => beside.map(String)))
    const isBeside = both.every(([items, beside]) => items.length === beside.length)
    if (
      isBeside &&
      marks.size <= 2 &&
      [...marks].every((mark) => /^(0|1|true|false)$/.test(mark))
    ) {
      const positive = [...marks].find((mark) => /^(1|true)$/.test(mark)) ?? '1'
      return {
        slate: {
          ...slate,
          labels: other.column.name,
          ...(positive !== '1' && { positive: [positive] }),
        },
        columns,
        hasLabels: true,
        guess: {
          part: 'slate',
          isSure: isOneOf(other.column.name, LABELS),
          says: `${column.name}: the items, ${other.column.name}: a label for each of them`,
        },
      }
    }
    const within = both.every(([items, beside]) => {
      const shown = new Set(items.map(String))
      return beside.every((one) => shown.has(String(one)))
    })
    if (within && isOneOf(other.column.name, CHOSEN))
      return {
        slate: { ...slate, chosen: other.column.name },
        columns,
        hasLabels: true,
        guess: {
          part: 'slate',
          isSure: true,
          says: `${column.name}: the items, ${other.column.name}: those of them that have the outcome`,
        },
      }
  }
  return null
}

/** Labels in another column: one item of the row's list, the chosen one. */
function byMember(listed: Listed, columns: readonly ColumnFacts[]): Found | null {
  const { column, lists } = listed
  for (const other of columns) {
    if (other === column || other.lists !== null || other.distinct < 5) continue
    const rows = other.values.flatMap((value, row) => {
      const list = lists[row] ?? []
      return value === null || list.length === 0 ? [] : [[value, list] as const]
    })
    const within = rows.filter(([value, list]) => list.map(String).includes(value))
    if (rows.length < 10 || within.length < 0.95 * rows.length) continue
    return {
      slate: { column: column.name, ...separatorOf(listed), chosen: other.name },
      columns: [column.name, other.name],
      hasLabels: true,
      guess: {
        part: 'slate',
        isSure: false,
        says: `${column.name}: the items, ${other.name}: the one of them that was chosen`,
      },
    }
  }
  return null
}

const SHOWN =
  /^(impressions?|shown|inview|candidates?|displayed|exposed|results?|slate|ranking|recommended|recommendations?)$/

/** The column with a list of items, if there is one. A list with labels is preferred. */
export function chooseSlate(
  columns: readonly ColumnFacts[],
  isHeaderless: boolean,
): SlateChoice | null {
  const found = findSlate(columns, isHeaderless)
  return found && { ...found, isShown: isOneOf(found.slate.column, SHOWN) }
}

type Found = Omit<SlateChoice, 'isShown'>
function findSlate(columns: readonly ColumnFacts[], isHeaderless: boolean): Found | null {
  const all = columns
    .filter((column) => fillOf(column) > 0.05)
    .map((column) => listedBy(column, isOneOf(column.name, LISTED)))
    .filter((listed) => listed !== null)
  const long = all.filter((listed) => isList(listed) && !isOneOf(listed.column.name, HISTORY))
  const flat = long.filter(({ lists }) =>
    lists.every(
      (list) => list === null || list.every((one) => one === null || typeof one !== 'object'),
    ),
  )
  for (const listed of flat) {
    const found = bySuffix(listed)
    if (found) return found
  }
  for (const listed of [...flat].sort(
    (a, b) => Number(isOneOf(b.column.name, LISTED)) - Number(isOneOf(a.column.name, LISTED)),
  )) {
    if (isOneOf(listed.column.name, CHOSEN)) continue
    const found = byNeighbour(
      listed,
      all.filter((other) => other !== listed),
    )
    if (found) return found
  }
  for (const listed of flat) {
    const found = byMember(listed, columns)
    if (found) return found
  }
  for (const listed of all.filter((one) => !flat.includes(one))) {
    const found = byObjects(listed)
    if (found) return found
  }
  const plain = flat.find(({ column }) => isOneOf(column.name, LISTED) && !isHeaderless)
  if (!plain) return null
  return {
    slate: { column: plain.column.name, ...separatorOf(plain) },
    columns: [plain.column.name],
    hasLabels: false,
    guess: {
      part: 'slate',
      isSure: false,
      says: `${plain.column.name}: a list of items in each row; no column shows which of them had the outcome`,
    },
  }
}
