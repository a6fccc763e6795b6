import type { SearchDefinition } from '../../contract/search.ts'
import type { Analyzers } from '../analysis/analyzer.ts'
import { createSynonyms, type FindAlternatives } from '../analysis/query-synonyms.ts'
import type { FieldAnalysis } from './field-text.ts'
import { parseQuery } from './parse.ts'
import { prefixAnalyzers } from './prefix-analyzers.ts'
import type { Leaf, QueryTree } from './query-tree.ts'
import { translateQuery } from './translate-query.ts'

const synonymsMade = new WeakMap<Analyzers, Readonly<Record<string, FindAlternatives>>>()

function fieldAnalyses(definition: SearchDefinition, analyzers: Analyzers): FieldAnalysis[] {
  const synonyms = synonymsMade.get(analyzers) ?? createSynonyms(definition, analyzers)
  synonymsMade.set(analyzers, synonyms)
  const forPrefixes = prefixAnalyzers(definition)
  return Object.keys(definition.fields).map((field) => ({
    field,
    analyze: analyzers[field]!,
    analyzePrefix: forPrefixes[field]!,
    findAlternatives: synonyms[field]!,
  }))
}

/**
 * A query text as what it asks of each field, whatever index it is asked of. `analyzers` are those of the
 * definition. Throws InvalidInput for a text that is too long, or has too many clauses.
 */
export const readQuery = (
  definition: SearchDefinition,
  analyzers: Analyzers,
  query: string,
  isAnd: boolean,
): QueryTree<Leaf> => translateQuery(parseQuery(query), fieldAnalyses(definition, analyzers), isAnd)
