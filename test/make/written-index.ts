import { searchDefinitionKey } from '../../functions/contract/keys.ts'
import { SEARCH_PART } from '../../functions/contract/part.ts'
import type { SearchDefinition, SearchRead } from '../../functions/contract/search.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { type IndexOptions, openIndex } from '../../functions/reader/open-index.ts'
import { addDocuments } from '../../functions/search-index/add-documents.ts'
import { shapeOf } from '../../functions/search-index/build.ts'
import { meaningOf } from '../../functions/search-index/generation.ts'
import type { FieldTerms, IndexedDocument } from '../../functions/search-index/segment/types.ts'
import { portsOf, type SearchWorld } from './search-world.ts'

/** An index that was written to stores, and readers of it. Its segments are small, and all may be read in pages. */

export const GENERATION = '0000000a-1767571200000'
const SCENE = 'feed'
const released = {
  [SEARCH_PART]: {
    ...{ key: '', sha256: null, kind: 'index', base: null, generation: GENERATION, throughMs: 0 },
  },
}

type Document = IndexedDocument<FieldTerms>

/** Writes each list of documents as a segment. With rows: its pages are rows of the online table, too. */
export async function writeIndex(
  world: SearchWorld,
  definition: SearchDefinition,
  lists: readonly (readonly Document[])[],
  { hasRows = false, minBytes = 0 } = {},
): Promise<void> {
  const meaning = meaningOf(definition)
  await world.models.put(searchDefinitionKey(SCENE, GENERATION), canonicalJson(meaning))
  const pages = { minBytes, ...(hasRows && { rows: world.online }) }
  const ports = { ...portsOf(world), pages }
  for (const list of lists)
    await addDocuments(ports, GENERATION, shapeOf(GENERATION, meaning), list, {
      throughMs: 0,
      applied: null,
    })
}

export const readIndex = (
  world: SearchWorld,
  read: SearchRead,
  options: Pick<IndexOptions, 'reads' | 'minPagedBytes'> = {},
) =>
  openIndex({
    ...{ scene: SCENE, models: world.models, online: world.online, read, searchMs: 1 },
    ...{ servedParts: () => released, timer: () => () => {}, minPagedBytes: 0, ...options },
    onFault: (fault) => {
      throw fault
    },
  })
