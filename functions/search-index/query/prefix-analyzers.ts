import type { SearchDefinition, TokenFilter } from '../../contract/search.ts'
import { type Analyzers, createAnalyzers } from '../analysis/analyzer.ts'

/** The beginning of a word is neither a stop word nor a word with an ending. */
const WHOLE_WORD_FILTERS: readonly TokenFilter[] = ['stop', 'porter2']

const made = new WeakMap<SearchDefinition, Analyzers>()

/**
 * The analyzer of each field for the beginning of a word: without stop words and stemming. Of the
 * standard ones only `english` has these, and `standard` is the same without them. Made once for each
 * definition.
 */
export function prefixAnalyzers(definition: SearchDefinition): Analyzers {
  const known = made.get(definition)
  if (known) return known
  const { fields, analyzers, stopWords } = definition
  const created = createAnalyzers({
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [
        name,
        field.analyzer === 'english' ? { ...field, analyzer: 'standard' } : field,
      ]),
    ),
    analyzers: Object.fromEntries(
      Object.entries(analyzers).map(([name, chain]) => [
        name,
        { ...chain, filters: chain.filters.filter((one) => !WHOLE_WORD_FILTERS.includes(one)) },
      ]),
    ),
    ...(stopWords && { stopWords }),
  })
  made.set(definition, created)
  return created
}
