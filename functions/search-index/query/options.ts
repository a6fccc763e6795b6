import type { SearchDefinition } from '../../contract/search.ts'
import type { SearchOptions } from '../../contract/search-options.ts'
import { InvalidInput } from '../../core/errors.ts'

/** Search options with their defaults, checked against the definition. */
export interface SearchRequest {
  limit: number
  offset: number
  isAnd: boolean
  filters: readonly { attribute: string; values: readonly string[] }[]
  ranges: readonly { attribute: string; from: number; through: number }[]
  facets: readonly string[]
  /** The numeric attribute to sort by, or null for relevance. */
  sortBy: string | null
  isExplained: boolean
  isHighlighted: boolean
}

const MAX_LIMIT = 1000
const MAX_DEPTH = 10_000

const fail = (option: string, found: unknown, expected: string): never => {
  const shown = typeof found === 'number' ? found : JSON.stringify(found)
  throw new InvalidInput(`${option}: got ${shown}, expected ${expected}`)
}

function wholeNumber(option: string, value: number, least: number, greatest: number): number {
  if (!Number.isInteger(value) || value < least || value > greatest)
    fail(option, value, `a whole number from ${least} through ${greatest}`)
  return value
}

function oneOf(option: string, name: string, names: readonly string[], list: string): string {
  if (!names.includes(name))
    fail(option, name, `one of the definition's ${list} (${names.join(', ') || 'it has none'})`)
  return name
}

function checkChoice(option: string, value: unknown, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value as string))
    fail(option, value, choices.map((choice) => `"${choice}"`).join(' or '))
}

function rangesOf(definition: SearchDefinition, ranges: SearchOptions['ranges'] = {}) {
  return Object.entries(ranges).map(([attribute, { from, through }]) => {
    const option = `ranges.${oneOf('ranges', attribute, definition.numbers, 'numbers')}`
    for (const end of [from, through])
      if (end !== undefined && (typeof end !== 'number' || Number.isNaN(end)))
        fail(option, end, 'a number')
    return {
      attribute,
      from: from ?? Number.NEGATIVE_INFINITY,
      through: through ?? Number.POSITIVE_INFINITY,
    }
  })
}

function sortOf({ score }: SearchDefinition, sort: SearchOptions['sort']): string | null {
  checkChoice('sort', sort, ['relevance', 'score'])
  if (sort !== 'score') return null
  return score ?? fail('sort', sort, 'a definition with "score", the number to sort by')
}

/** Throws InvalidInput: the option, what it is, and what was expected. */
export function resolveOptions(
  definition: SearchDefinition,
  options: SearchOptions,
): SearchRequest {
  const { limit = 10, offset = 0, operator, filters = {}, facets = [], sort } = options
  wholeNumber('limit', limit, 1, MAX_LIMIT)
  wholeNumber('offset', offset, 0, MAX_DEPTH - limit)
  checkChoice('operator', operator, ['or', 'and'])
  return {
    limit,
    offset,
    isAnd: operator === 'and',
    filters: Object.entries(filters).map(([attribute, values]) => ({
      attribute: oneOf('filters', attribute, definition.filters, 'filters'),
      values: Array.isArray(values)
        ? values
        : fail(`filters.${attribute}`, values, 'a list of texts'),
    })),
    ranges: rangesOf(definition, options.ranges),
    facets: facets.map((attribute) => oneOf('facets', attribute, definition.filters, 'filters')),
    sortBy: sortOf(definition, sort),
    isExplained: options.explain === true,
    isHighlighted: options.highlight === true,
  }
}
