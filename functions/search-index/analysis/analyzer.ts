import type {
  AnalyzerDefinition,
  SearchDefinition,
  StandardAnalyzer,
} from '../../contract/search.ts'
import { InvalidInput } from '../../core/errors.ts'
import { tokenizeCjk } from './cjk.ts'
import { ENGLISH_STOP_WORDS } from './stop-words.ts'
import { composeFilters, ignoreCase } from './term-filters.ts'
import { TermTable } from './term-table.ts'
import type { Token } from './token.ts'
import { TokenList } from './token-list.ts'
import {
  readWords,
  type Tokenize,
  tokenizeWhitespace,
  tokenizeWhole,
  tokenizeWords,
} from './tokenizers.ts'
import type { Analyzer, WordRunSink } from './word-sink.ts'

/**
 * Part of the generation of an index: any change of an analyzer's output raises it, so that no index has
 * terms of two kinds.
 */
export const ANALYSIS_VERSION = 1

const STANDARD: Readonly<Record<StandardAnalyzer, AnalyzerDefinition>> = {
  standard: { tokenizer: 'words', filters: ['lowercase'] },
  english: { tokenizer: 'words', filters: ['possessive', 'lowercase', 'stop', 'porter2'] },
  cjk: { tokenizer: 'cjk', filters: ['lowercase'] },
  keyword: { tokenizer: 'whole', filters: [] },
}

const TOKENIZERS: Readonly<Record<AnalyzerDefinition['tokenizer'], Tokenize>> = {
  words: tokenizeWords,
  cjk: tokenizeCjk,
  whitespace: tokenizeWhitespace,
  whole: tokenizeWhole,
}

/** The analyzer of a chain: a tokenizer, then filters in their order. */
export function createAnalyzer(
  { tokenizer, filters }: AnalyzerDefinition,
  stopWords: readonly string[] = ENGLISH_STOP_WORDS,
): Analyzer {
  const tokenize = TOKENIZERS[tokenizer]
  const terms = new TermTable(composeFilters(filters, stopWords), ignoreCase(filters))
  const read = tokenizer === 'words' ? readWords : tokenize
  const analyze = (text: string): Token[] => {
    const list = new TokenList()
    terms.begin()
    list.begin(terms)
    tokenize(text, terms, list)
    return list.tokens
  }
  return Object.assign(analyze, {
    readWords(text: string, sink: WordRunSink): void {
      terms.begin()
      sink.begin(terms)
      read(text, terms, sink)
    },
  })
}

/** The analyzer of each field, by its name. */
export type Analyzers = Readonly<Record<string, Analyzer>>

/** What the analysis needs of a definition. */
export type AnalysisDefinition = Pick<SearchDefinition, 'fields' | 'analyzers' | 'stopWords'>

/**
 * The analyzer of each field. Fields that name the same analyzer get the same function. Throws
 * InvalidInput for the name of no analyzer.
 */
export function createAnalyzers(definition: AnalysisDefinition): Analyzers {
  const chains: Readonly<Record<string, AnalyzerDefinition>> = {
    ...definition.analyzers,
    ...STANDARD,
  }
  const made = new Map<string, Analyzer>()
  const analyzerOf = (field: string, name: string): Analyzer => {
    const known = made.get(name)
    if (known !== undefined) return known
    if (!Object.hasOwn(chains, name))
      throw new InvalidInput(
        `Field "${field}": "${name}" is no analyzer. Expected one of ${Object.keys(chains).join(', ')}.`,
      )
    const analyze = createAnalyzer(chains[name]!, definition.stopWords)
    made.set(name, analyze)
    return analyze
  }
  return Object.fromEntries(
    Object.entries(definition.fields).map(([field, { analyzer }]) => [
      field,
      analyzerOf(field, analyzer),
    ]),
  )
}
