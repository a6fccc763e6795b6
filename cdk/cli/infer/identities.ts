import type { Identity } from '../../../functions/contract/mapping.ts'
import {
  type ColumnFacts,
  ENOUGH_ROWS,
  fillOf,
  isConstant,
  isKeyOfRows,
  percent,
  yesOf,
} from './columns.ts'
import type { Guess } from './guess.ts'
import { partsOf, rolesOf, strengthOf } from './names.ts'

export type IdentityPart = 'user' | 'item'
export interface IdentityChoice {
  identity: Identity
  columns: string[]
  guess: Guess
}
interface Candidate {
  column: ColumnFacts
  strength: number
  score: number
}

const AGENT = /agent/i
const isAgentText = (column: ColumnFacts): boolean =>
  column.values.slice(0, 50).filter((value) => value && /mozilla|\bbot\b|\(.*;/i.test(value))
    .length > 5
const isAddress = (column: ColumnFacts): boolean =>
  column.values
    .slice(0, 50)
    .filter((value) => value && /^\d{1,3}\.\d{1,3}\.\d{1,3}\.[\d*]{1,3}$/.test(value)).length > 5

/** Whether the values can be identities: they vary, repeat, and are not amounts. */
function canBeIdentity(column: ColumnFacts, isNamed: boolean): boolean {
  if (column.lists !== null || column.isIndex || column.filled === 0 || isConstant(column))
    return false
  // Google's client ids are two numbers with a point between them.
  if (column.numeric === 1 && !column.isWhole && !(isNamed && partsOf(column.name).hasId))
    return false
  if (column.meanLength > (isNamed ? 250 : 80)) return false
  if (isNamed) return fillOf(column) >= 0.02
  if (yesOf(column) !== null || isKeyOfRows(column) || isAgentText(column)) return false
  return fillOf(column) > 0.5 && (column.rows < ENOUGH_ROWS || column.distinct >= 5)
}

const otherRole = (name: string, part: IdentityPart): boolean =>
  rolesOf(name).some(({ role, strength }) => role !== part && strength >= 1)

function named(columns: readonly ColumnFacts[], part: IdentityPart): Candidate[] {
  return columns
    .map((column) => ({ column, strength: strengthOf(column.name, part) }))
    .filter(({ column, strength }) => strength > 0 && canBeIdentity(column, true))
    .map(({ column, strength }) => {
      const { hasId, words } = partsOf(column.name)
      let score = 3 * strength + (hasId ? 1 : 0) - 0.1 * Math.max(0, words.length - 1)
      if (column.topShare > 0.5 && column.filled >= ENOUGH_ROWS) score -= 4
      if (isKeyOfRows(column)) score -= part === 'user' ? 3 : 1
      if (column.distinct < 3 && column.filled >= ENOUGH_ROWS) score -= 3
      if (fillOf(column) < 0.5) score -= 2
      if (/[\s\S]\s[\s\S]/.test(column.values.find((value) => value !== null) ?? '') && !hasId)
        score -= 0.5
      if (/^(app|site)$/.test(words[0] ?? '') && columns.some(({ name }) => /^site/.test(name)))
        score -= 4
      return { column, strength, score }
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.column.place - b.column.place)
}

const missingIn = ({ missing }: ColumnFacts): string[] => [...missing.keys()]

function saysOf(column: ColumnFacts): string {
  const words = missingIn(column)
  const empty = 1 - fillOf(column)
  const nothing =
    words.length > 0
      ? `; ${percent(empty)} of the rows have ${words.join(', ')}, which is no identity`
      : empty > 0.02
        ? `; empty in ${percent(empty)} of the rows`
        : ''
  return `${column.name}: ${column.distinct} different in ${column.rows} rows${nothing}`
}

/** A value that more than a fifth of the rows have. */
function crowd(column: ColumnFacts): string {
  if (column.topShare <= 0.2 || column.filled < ENOUGH_ROWS) return ''
  return `; ${JSON.stringify(column.top)} is in ${percent(column.topShare)} of the rows`
}

function fallbackOf(best: Candidate, columns: readonly ColumnFacts[]): ColumnFacts | null {
  if (fillOf(best.column) > 0.98) return null
  const able = columns
    .filter((column) => column !== best.column && fillOf(column) > fillOf(best.column))
    .map((column) => {
      const session = strengthOf(column.name, 'session') > 0
      const strength = session ? 0.5 : strengthOf(column.name, 'user')
      return { column, strength }
    })
    .filter(
      ({ column, strength }) =>
        strength > 0 && !isAddress(column) && !isKeyOfRows(column) && canBeIdentity(column, true),
    )
    .sort((a, b) => b.strength - a.strength)
  return able[0]?.column ?? null
}

/** The path in the first line of an HTTP request, if no column has only the path. */
function requestedPath(columns: readonly ColumnFacts[]): IdentityChoice | null {
  if (columns.some((column) => strengthOf(column.name, 'item') >= 2)) return null
  const found = columns.find(({ values }) => {
    const filled = values.filter((value) => value !== null)
    const lines = filled.filter((value) => /^[A-Z]+ \S+ HTTP\/[\d.]+$/.test(value))
    return lines.length > 0 && lines.length >= 0.9 * filled.length
  })
  if (!found) return null
  const says = `${found.name}: the path within the request’s first line`
  return {
    identity: { column: found.name, within: '* {} HTTP/*' },
    columns: [found.name],
    guess: { part: 'item', isSure: false, says },
  }
}

/** The user or the item by the names of the columns. Null if no name fits. */
export function chooseByName(
  columns: readonly ColumnFacts[],
  part: IdentityPart,
): IdentityChoice | null {
  const path = part === 'item' ? requestedPath(columns) : null
  if (path) return path
  const candidates = named(columns, part)
  const [best, ...others] = candidates
  if (!best) return part === 'user' ? chooseSession(columns) : null
  const { column } = best
  const fallback = part === 'user' ? fallbackOf(best, columns) : null
  const agent = columns.find(({ name, filled }) => AGENT.test(name) && filled > 0)
  if (part === 'user' && isAddress(column) && best.strength < 2 && agent)
    return {
      identity: [column.name, agent.name],
      columns: [column.name, agent.name],
      guess: {
        part,
        isSure: false,
        says: `${column.name} and ${agent.name}: address and agent together are read as the visitor, since no column names one`,
      },
    }
  const close = others.filter(
    (other) => other.column !== fallback && best.score - other.score < 2.5 && other.strength >= 2,
  )
  const isSane =
    column.topShare <= 0.2 ||
    column.filled < ENOUGH_ROWS ||
    (part === 'item' && column.topShare <= 0.5)
  const isFilled =
    fillOf(column) > 0.9 || (fallback !== null && strengthOf(fallback.name, 'session') === 0)
  const repeats = !isKeyOfRows(column)
  const isSure =
    best.strength >= 2 && best.score >= 5 && close.length === 0 && isSane && isFilled && repeats
  const may =
    close.length > 0 ? `; ${close.map((other) => other.column.name).join(', ')} may be meant` : ''
  const key = repeats ? '' : '; each row has its own value, so no user or item repeats'
  const lost =
    fallback === null && fillOf(column) < 0.9
      ? ', and no other column names one: these rows are quarantined'
      : ''
  const weak = best.strength < 2 ? '; its name is only a weak sign' : ''
  const after = fallback ? `; ${fallback.name} where it is empty` : ''
  return {
    identity: fallback ? { firstOf: [column.name, fallback.name] } : column.name,
    columns: fallback ? [column.name, fallback.name] : [column.name],
    guess: {
      part,
      isSure,
      says: `${saysOf(column)}${crowd(column)}${after}${lost}${may}${key}${weak}`,
    },
  }
}

/** Without a user column, a session is read as its user. */
function chooseSession(columns: readonly ColumnFacts[]): IdentityChoice | null {
  const session = columns.find(
    (column) =>
      strengthOf(column.name, 'session') > 0 && canBeIdentity(column, true) && !isKeyOfRows(column),
  )
  return session
    ? {
        identity: session.name,
        columns: [session.name],
        guess: {
          part: 'user',
          isSure: false,
          says: `${saysOf(session)}; a session is read as its user, since no column names one`,
        },
      }
    : null
}

/** The placement of an advertisement is not its identity. */
const isPlacement = (name: string): boolean =>
  /^(app|site|publisher)[_\W]|since|elapsed|count|cost|cpo|days|hours|number/i.test(name)

/** Without a name: the column with the most repeating values, if the other part was found. */
export function chooseByValues(
  columns: readonly ColumnFacts[],
  part: IdentityPart,
): IdentityChoice | null {
  const able = columns
    .filter(
      (column) =>
        canBeIdentity(column, false) &&
        !otherRole(column.name, part) &&
        !isAddress(column) &&
        !isPlacement(column.name),
    )
    .filter(({ distinct, filled }) => filled < ENOUGH_ROWS || distinct <= 0.9 * filled)
    .sort((a, b) => b.distinct - a.distinct)
  const [best] = able
  if (!best) return null
  const others = able.slice(1, 4).map(({ name }) => name)
  const may = others.length > 0 ? `; ${others.join(', ')} may be meant` : ''
  return {
    identity: best.name,
    columns: [best.name],
    guess: {
      part,
      isSure: false,
      says: `${saysOf(best)}; chosen by its values, not by its name${may}`,
    },
  }
}
