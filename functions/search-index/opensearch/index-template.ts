import type { SearchDefinition } from '../../contract/search.ts'
import { digestOf } from '../../core/digest.ts'
import { ANALYSIS_VERSION } from '../analysis/analyzer.ts'
import { analysisSettings, analyzerName, TERMS_ANALYZER } from './analyzers.ts'
import { filterName, ID_PATH, STORED_PATH, writeAlias } from './names.ts'

/** How the server holds an index. */
export interface IndexOptions {
  /** One shard ranks by the statistics of all documents. See README.md for several. */
  shards: number
  replicas: number
  /** How soon a written document is found: `1s`, or `-1` for never while a rebuild writes. */
  refreshInterval: string
  /** What the server keeps of the JSON that it was sent. Without `all` it cannot reindex or highlight. */
  source: 'all' | 'document' | 'none'
  /**
   * Which analysis makes the terms. `server`: the texts are sent, and the server's analyzers read them.
   * `ours`: our terms are sent, so that every text is found as in our own index; the server cannot
   * highlight. See README.md.
   */
  terms: 'server' | 'ours'
}
export const INDEX_OPTIONS: IndexOptions = {
  shards: 1,
  replicas: 1,
  refreshInterval: '1s',
  source: 'all',
  terms: 'server',
}

const SOURCES: Readonly<Record<IndexOptions['source'], object>> = {
  all: { enabled: true },
  document: { includes: [STORED_PATH, `${STORED_PATH}.*`] },
  none: { enabled: false },
}

/** Objects ignore what the mapping does not name: 100,000 attributes of a catalogue add no field. */
const objectOf = (properties: Record<string, object>): object => ({ dynamic: false, properties })
const byName = (names: readonly string[], mapping: object): Record<string, object> =>
  Object.fromEntries(names.map((name) => [filterName(name), mapping]))

/** Queries of outside readers are texts in both cases. */
function textMapping(analyzer: string, terms: IndexOptions['terms']): object {
  const name = analyzerName(analyzer)
  const analyzers =
    terms === 'ours' ? { analyzer: TERMS_ANALYZER, search_analyzer: name } : { analyzer: name }
  return { type: 'text', ...analyzers, norms: true, index_options: 'positions' }
}

function mappingsOf(search: SearchDefinition, { source, terms }: IndexOptions): object {
  const fields = Object.entries(search.fields).map(([field, { analyzer }]) => [
    field,
    textMapping(analyzer, terms),
  ])
  return {
    // Two definitions never share an index: `createIndex` compares this digest.
    _meta: { quartermaster: digestOf({ search, terms, analysis: ANALYSIS_VERSION }) },
    _source: SOURCES[source],
    dynamic: false,
    properties: {
      // Ties are sorted by it: the server's own `_id` cannot be sorted by without loading it whole.
      [ID_PATH]: { type: 'keyword' },
      fields: objectOf(Object.fromEntries(fields)),
      filters: objectOf(byName(search.filters, { type: 'keyword' })),
      numbers: objectOf(byName(search.numbers, { type: 'double' })),
      // Returned with hits, neither indexed nor parsed.
      [STORED_PATH]: { type: 'object', enabled: false },
    },
  }
}

/**
 * The body of the request that makes a generation's physical index: settings, mappings, and the alias that
 * writers use ("Create index" in the server's reference).
 */
export function indexTemplate(
  search: SearchDefinition,
  scene: string,
  generation: string,
  options: IndexOptions = INDEX_OPTIONS,
): {
  settings: object
  mappings: object
  aliases: Record<string, object>
} {
  return {
    settings: {
      index: {
        number_of_shards: options.shards,
        number_of_replicas: options.replicas,
        refresh_interval: options.refreshInterval,
        // A deletion's version is kept for far longer than a request is under way.
        gc_deletes: '10m',
        // The server's defaults, written down: another default must not change a ranking.
        similarity: { default: { type: 'BM25', k1: 1.2, b: 0.75, discount_overlaps: true } },
      },
      analysis: analysisSettings(search),
    },
    mappings: mappingsOf(search, options),
    aliases: { [writeAlias(scene, generation)]: { is_write_index: true } },
  }
}
