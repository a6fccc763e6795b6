import { compileOperator, type LeafTest } from './operators.ts'

type Json = Record<string, unknown>
/** Whether an event matches. */
export type Matcher = (event: unknown) => boolean

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Scalars at a place; those of an array each on their own. An object or nothing has none. */
function scalarsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(scalarsOf)
  return value === undefined || isObject(value) ? [] : [value]
}

function compileLeaf(alternatives: unknown[], where: string): Matcher {
  if (alternatives.length === 0) throw new Error(`${where}: an empty list matches nothing`)
  const tests: LeafTest[] = alternatives.map((each) => compileOperator(each, where))
  return (value) => {
    const scalars = scalarsOf(value)
    return tests.some((matches) => matches(scalars))
  }
}

function compileOr(branches: unknown, where: string): Matcher {
  if (!Array.isArray(branches) || branches.length < 2 || !branches.every(isObject))
    throw new Error(`${where}: $or takes a list of two patterns or more`)
  const matchers = branches.map((branch, n) => compileObject(branch, `${where}.$or[${n}]`))
  return (value) => matchers.some((matches) => matches(value))
}

function compileObject(pattern: Json, where: string): Matcher {
  const fields = Object.entries(pattern).map(([name, inner]) => {
    const place = where === '' ? name : `${where}.${name}`
    if (name === '$or') return compileOr(inner, where)
    if (!Array.isArray(inner) && !isObject(inner))
      throw new Error(`${place}: a pattern holds objects and lists, not ${JSON.stringify(inner)}`)
    const matches = Array.isArray(inner) ? compileLeaf(inner, place) : compileObject(inner, place)
    return (value: unknown) => matches(isObject(value) ? value[name] : undefined)
  })
  // An array of objects matches when one of its elements fulfils all the fields together.
  const matchesAll: Matcher = (value) =>
    Array.isArray(value) ? value.some(matchesAll) : fields.every((matches) => matches(value))
  return matchesAll
}

/**
 * An event pattern (Amazon EventBridge User Guide, "Comparison operators for use in event
 * patterns"): exact, prefix, suffix, wildcard, anything-but, numeric, exists, equals-ignore-case,
 * $or, nested. Throws for any other operator, naming it, its place and the rule.
 */
export function compilePattern(pattern: unknown, rule: string): Matcher {
  try {
    if (!isObject(pattern) || Object.keys(pattern).length === 0)
      throw new Error('a pattern is an object with at least one field')
    return compileObject(pattern, '')
  } catch (error) {
    throw new Error(`rule ${rule}: ${(error as Error).message}`, { cause: error })
  }
}
