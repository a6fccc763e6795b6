import type {
  AnalyzerDefinition,
  SearchDefinition,
  StandardAnalyzer,
  TokenFilter,
} from '../../contract/search.ts'
import { ENGLISH_STOP_WORDS } from '../analysis/stop-words.ts'
import { composeFilters } from '../analysis/term-filters.ts'
import { MAX_WORD_LENGTH } from '../analysis/words.ts'

/**
 * Our analyzers as chains of the server's own tokenizers and token filters. Both sides have Unicode's word
 * boundaries (UAX #29) and Lucene's filters. README.md lists the texts of which they make other terms.
 */

type Parts = Record<string, Record<string, unknown>>
/** The part `analysis` of an index's settings. */
export interface AnalysisSettings {
  analyzer: Record<string, { type: 'custom'; tokenizer: string; filter: readonly string[] }>
  tokenizer: Parts
  filter: Parts
}

/** The server's analyzer of a name in the definition. The prefix keeps it apart from built-in ones. */
export const analyzerName = (name: string): string => `quartermaster_${name}`

/** Reads terms that are analysed already, joined by the first mark. The second stands for a dropped word. */
export const TERMS_ANALYZER = 'quartermaster-terms'
const TERM_END = '\u001f'
const GAP = '\u001e'

/** A term as TERMS_ANALYZER keeps it: the marks cannot be in it. */
export const keptTerm = (term: string): string =>
  term.replaceAll(TERM_END, '\ufffd').replaceAll(GAP, '\ufffd')

/** Terms at their places, ascending from 0, as one text of TERMS_ANALYZER. */
export function termsText(terms: readonly string[], places: readonly number[]): string {
  const words: string[] = []
  for (const [i, term] of terms.entries()) {
    while (words.length < places[i]!) words.push(GAP)
    words.push(keptTerm(term))
  }
  return words.join(TERM_END)
}

const FIXED_TOKENIZERS = {
  // The server's own one splits at other characters than Unicode's property White_Space.
  quartermaster_whitespace: {
    ...{ type: 'pattern', pattern: `(\\P{IsWhite_Space}{1,${MAX_WORD_LENGTH}})`, group: 1 },
  },
  quartermaster_terms: { type: 'pattern', pattern: TERM_END },
}
const FIXED_FILTERS = {
  quartermaster_possessive: { type: 'stemmer', language: 'possessive_english' },
  quartermaster_not_empty: { type: 'length', min: 1 },
  quartermaster_apostrophe: {
    ...{ type: 'pattern_replace', pattern: '[\u2018\u2019\u201b\uff07]', replacement: "'" },
  },
  // The language `english` of this filter is the first Porter stemmer.
  quartermaster_porter2: { type: 'stemmer', language: 'porter2' },
  quartermaster_gap: { type: 'stop', stopwords: [GAP] },
}

/** As analysis/analyzer.ts has them. */
const STANDARD: Readonly<Record<StandardAnalyzer, AnalyzerDefinition>> = {
  standard: { tokenizer: 'words', filters: ['lowercase'] },
  english: { tokenizer: 'words', filters: ['possessive', 'lowercase', 'stop', 'porter2'] },
  cjk: { tokenizer: 'cjk', filters: ['lowercase'] },
  keyword: { tokenizer: 'whole', filters: [] },
}

/** The server makes pairs of CJK characters in filters, after its tokenizer of words. */
const TOKENIZERS: Readonly<
  Record<AnalyzerDefinition['tokenizer'], { tokenizer: string; first: readonly string[] }>
> = {
  words: { tokenizer: 'standard', first: [] },
  whitespace: { tokenizer: 'quartermaster_whitespace', first: [] },
  whole: { tokenizer: 'keyword', first: [] },
  cjk: { tokenizer: 'standard', first: ['cjk_width', 'cjk_bigram'] },
}
const FILTERS: Readonly<Record<Exclude<TokenFilter, 'stop'>, readonly string[]>> = {
  lowercase: ['lowercase'],
  'fold-accents': ['asciifolding'],
  possessive: ['quartermaster_possessive', 'quartermaster_not_empty'],
  porter2: ['quartermaster_apostrophe', 'quartermaster_porter2'],
}

/** Stop words as the filters before `stop` leave them: that is how a text's words come to it. */
function stopFilter(before: readonly TokenFilter[], stopWords: readonly string[]) {
  const toTerm = composeFilters(before, stopWords)
  const dropped = new Set(stopWords.map(toTerm).filter((term) => term !== null))
  // An empty list would mean the server's own words.
  return { type: 'stop', stopwords: dropped.size > 0 ? [...dropped].sort() : '_none_' }
}

/** Settings for all analyzers that a scene can name. */
export function analysisSettings({ analyzers, stopWords }: SearchDefinition): AnalysisSettings {
  const dropped: readonly string[] = stopWords ?? ENGLISH_STOP_WORDS
  const filter: Parts = { ...FIXED_FILTERS }
  const analyzer: AnalysisSettings['analyzer'] = {
    [TERMS_ANALYZER]: {
      ...{ type: 'custom', tokenizer: 'quartermaster_terms', filter: ['quartermaster_gap'] },
    },
  }
  for (const [name, chain] of Object.entries({ ...STANDARD, ...analyzers })) {
    const { tokenizer, first } = TOKENIZERS[chain.tokenizer]
    const filters = chain.filters.flatMap((one, i) => {
      if (one !== 'stop') return FILTERS[one]
      const stop = `quartermaster_stop_${name}_${i}`
      filter[stop] = stopFilter(chain.filters.slice(0, i), dropped)
      return [stop]
    })
    analyzer[analyzerName(name)] = { type: 'custom', tokenizer, filter: [...first, ...filters] }
  }
  return { analyzer, tokenizer: FIXED_TOKENIZERS, filter }
}
