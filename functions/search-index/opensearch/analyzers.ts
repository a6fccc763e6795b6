import type { AnalyzerDefinition, SearchDefinition, TokenFilter } from '../../contract/search.ts'

/**
 * Our analyzers as chains of the server's own tokenizers and token filters. Both sides implement Unicode's
 * word boundaries (UAX #29) and Lucene's filters, so the terms are the same.
 */

/** The part `analysis` of an index's settings. */
export interface AnalysisSettings {
  analyzer: Record<string, { type: 'custom'; tokenizer: string; filter: string[] }>
  filter: Record<string, Record<string, unknown>>
}

/** The server's analyzer of a name in the definition. The prefix keeps it apart from built-in ones. */
export const analyzerName = (name: string): string => `quartermaster_${name}`

const POSSESSIVE = 'quartermaster_possessive'
const STOP = 'quartermaster_stop'
const PORTER2 = 'quartermaster_porter2'

const FILTERS: Readonly<Record<TokenFilter, string>> = {
  lowercase: 'lowercase',
  'fold-accents': 'asciifolding',
  possessive: POSSESSIVE,
  stop: STOP,
  porter2: PORTER2,
}

/** The server makes pairs of CJK characters in filters, after its tokenizer of words. */
const TOKENIZERS: Readonly<
  Record<AnalyzerDefinition['tokenizer'], { tokenizer: string; first: readonly string[] }>
> = {
  words: { tokenizer: 'standard', first: [] },
  whitespace: { tokenizer: 'whitespace', first: [] },
  whole: { tokenizer: 'keyword', first: [] },
  cjk: { tokenizer: 'standard', first: ['cjk_width', 'cjk_bigram'] },
}

const STANDARD: Readonly<Record<string, AnalyzerDefinition>> = {
  standard: { tokenizer: 'words', filters: ['lowercase'] },
  english: { tokenizer: 'words', filters: ['possessive', 'lowercase', 'stop', 'porter2'] },
  cjk: { tokenizer: 'cjk', filters: ['lowercase'] },
  keyword: { tokenizer: 'whole', filters: [] },
}

/** Settings for all analyzers that a scene can name. */
export function analysisSettings({ analyzers, stopWords }: SearchDefinition): AnalysisSettings {
  const chains = Object.entries({ ...STANDARD, ...analyzers }).map(([name, chain]) => {
    const { tokenizer, first } = TOKENIZERS[chain.tokenizer]
    const filter = [...first, ...chain.filters.map((filterName) => FILTERS[filterName])]
    return [analyzerName(name), { type: 'custom' as const, tokenizer, filter }]
  })
  return {
    analyzer: Object.fromEntries(chains),
    filter: {
      [POSSESSIVE]: { type: 'stemmer', language: 'possessive_english' },
      // `_english_` are Lucene's 33 words. `_none_`: an empty list would mean the default.
      [STOP]: {
        type: 'stop',
        stopwords: stopWords === undefined ? '_english_' : stopWords.length ? stopWords : '_none_',
      },
      // The language `english` of this filter is the first Porter stemmer.
      [PORTER2]: { type: 'stemmer', language: 'porter2' },
    },
  }
}
