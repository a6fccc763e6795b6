import type { Identity, Mapping, Source } from '../../contract/mapping.ts'
import { Warning } from '../json-record.ts'
import { attributeIn, type Cell, idIn, numberOrNone } from './table.ts'

const JOIN = '-'

/** Treats cells with a word for a missing value as empty. */
export function withoutMissing(words: readonly string[]): (cell: Cell) => Cell {
  if (words.length === 0) return (cell) => cell
  const missing = new Set(words.map((word) => word.trim()))
  return (cell) => (name) => {
    const text = cell(name)
    return text !== undefined && missing.has(text.trim()) ? undefined : text
  }
}

/**
 * Finds texts in order, from `from` on. Returns the end of the last one, or -1 if one is missing.
 */
function endOfAll(text: string, parts: readonly string[], from: number): number {
  let end = from
  for (const part of parts) {
    const at = text.indexOf(part, end)
    if (at === -1) return -1
    end = at + part.length
  }
  return end
}

/**
 * Extracts the part of a text at `{}` in the pattern; undefined if the text does not match. `*`
 * matches any text. The result is the shortest match. Each part of the pattern costs one scan of
 * the text.
 */
function compileWithin(pattern: string): (text: string) => string | undefined {
  const [before, after] = pattern.split('{}') as [string, string]
  const [first, ...others] = before.split('*') as [string, ...string[]]
  const [next, ...rest] = after.split('*') as [string, ...string[]]
  const last = rest.at(-1)
  return (text) => {
    if (!text.startsWith(first)) return undefined
    const from = endOfAll(text, others, first.length)
    if (from === -1) return undefined
    if (last === undefined) {
      const through = text.length - next.length
      return through >= from && text.endsWith(next) ? text.slice(from, through) : undefined
    }
    const through = text.indexOf(next, from)
    if (through === -1) return undefined
    const end = endOfAll(text, rest.slice(0, -1), through + next.length)
    const isLastAtEnd = end !== -1 && text.length - last.length >= end && text.endsWith(last)
    return isLastAtEnd ? text.slice(from, through) : undefined
  }
}

type TextOf = (cell: Cell) => string | undefined

/** The text of a column, or the part of it that the mapping names. */
export function textBy(source: Source): TextOf {
  if (typeof source === 'string') return (cell) => cell(source)
  const partOf = compileWithin(source.within)
  return (cell) => {
    const text = cell(source.column)
    return text === undefined ? undefined : partOf(text)
  }
}

/** An identifier. Undefined if the first of its sources, or each choice of `firstOf`, is blank. */
export function identityBy(identity: Identity | undefined): TextOf {
  if (identity === undefined) return () => undefined
  if (Array.isArray(identity)) {
    const [first, ...others] = identity.map(textBy) as [TextOf, ...TextOf[]]
    return (cell) => {
      const head = idIn(first(cell))
      return head && [head, ...others.map((text) => text(cell) ?? '')].join(JOIN)
    }
  }
  if (typeof identity === 'object' && 'firstOf' in identity) {
    const choices = identity.firstOf.map(identityBy)
    return (cell) => {
      for (const choice of choices) {
        const id = choice(cell)
        if (id !== undefined) return id
      }
      return undefined
    }
  }
  const text = textBy(identity)
  return (cell) => idIn(text(cell))
}

/**
 * Attribute → source, as the attributes of one row. With `listSeparator`, a cell can have several
 * values.
 */
export function attributesBy(sources: Readonly<Record<string, Source>>, listSeparator?: string) {
  const pairs = Object.entries(sources).map(([name, source]) => [name, textBy(source)] as const)
  return (cell: Cell): Record<string, string | string[]> => {
    const attributes: Record<string, string | string[]> = {}
    for (const [name, text] of pairs) {
      const value = attributeIn(text(cell), listSeparator)
      if (value !== undefined) attributes[name] = value
    }
    return attributes
  }
}

/** The text of a number in JavaScript's form: with a decimal comma, `1.234,5` is 1234.5. */
export const plainNumber = (text: string, decimal: Mapping['decimal']): string =>
  decimal === '.' ? text : text.replaceAll('.', '').replace(',', '.')

/**
 * A column's number, if the mapping names the column. Undefined, with a warning, for a cell that is
 * not a number.
 */
export function numberBy(column: string | undefined, decimal: Mapping['decimal']) {
  return (cell: Cell, warn: (warning: Warning) => void): number | undefined => {
    const text = column === undefined ? undefined : cell(column)
    if (text === undefined) return undefined
    const number = numberOrNone(column!, plainNumber(text, decimal))
    if (typeof number !== 'object') return number
    warn(new Warning('not_a_number', number.detail))
    return undefined
  }
}
