import type { SearchDefinition } from '../../contract/search.ts'
import type { Analyzers } from '../analysis/analyzer.ts'
import { createSynonyms, type FindAlternatives } from '../analysis/query-synonyms.ts'
import { bindQuery } from './bind-query.ts'
import type { FieldAnalysis } from './field-text.ts'
import type { Matcher } from './matcher.ts'
import { parseQuery } from './parse.ts'
import { prefixAnalyzers } from './prefix-analyzers.ts'
import type { QueryTree } from './query-tree.ts'
import type { Snapshot } from './snapshot.ts'
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

/** A query text as what it asks of a snapshot. Throws InvalidInput for a text that is too long. */
export function openQuery(
  definition: SearchDefinition,
  analyzers: Analyzers,
  snapshot: Snapshot,
  query: string,
  isAnd: boolean,
): QueryTree<Matcher> {
  const fields = fieldAnalyses(definition, analyzers)
  return bindQuery(definition, snapshot, translateQuery(parseQuery(query), fields, isAnd))
}
