import type { GraphDefinition, Learned, StatedDrop } from '../../contract/graph-objects.ts'
import { digestOf } from '../../core/digest.ts'
import type { ClaimStore, WantedClaims } from '../claims/make-claims.ts'
import { CATALOGUE_EXTRACTOR } from './catalogue/catalogue.ts'
import { catalogueBatch } from './catalogue/catalogue-batch.ts'
import { buildDictionary, type Dictionary } from './documents/dictionary.ts'
import { DOCUMENTS_EXTRACTOR } from './documents/documents.ts'
import { documentsBatch } from './documents/documents-batch.ts'
import { LANGUAGE_MODEL_EXTRACTOR, languageModelExtractor } from './language-model/extractor.ts'
import { modelBatch } from './language-model/model-batch.ts'
import type { LanguageModel } from './language-model/port.ts'

/** The names that texts are read with, and their digest. */
export interface KnownNames {
  dictionary: Dictionary
  digest: string
}
export const knownNames = (names: Learned['names']): KnownNames => ({
  dictionary: buildDictionary(names.map(([name, entity]) => ({ name, entity }))),
  digest: digestOf(names).slice(0, 32),
})

const readOf = ({ drop, arrivalMs }: StatedDrop) => ({ drop, arrivalMs })

/** The claims of a drop's statements. */
export function catalogueClaims(
  { lake }: Pick<ClaimStore, 'lake'>,
  drop: StatedDrop,
  definition: GraphDefinition,
): WantedClaims {
  const { graph, goneIf, hasChunks } = definition
  return {
    ...{ maker: 'catalogue', madeMs: drop.arrivalMs },
    inputs: {
      ...{ read: readOf(drop), extractor: CATALOGUE_EXTRACTOR },
      configuration: {
        ...{ catalogue: graph.catalogue, provider: graph.provider ?? null },
        ...{ goneIf, hasChunks },
      },
    },
    make: () => catalogueBatch(lake, drop, definition),
  }
}

/** The claims of a drop's texts, and those of the language model, where the scene has one. */
export function textClaims(
  { lake, scene }: Pick<ClaimStore, 'lake' | 'scene'>,
  drop: StatedDrop,
  definition: GraphDefinition,
  names: KnownNames,
  { model, generation }: { model: LanguageModel | null; generation: string },
): WantedClaims[] {
  if (drop.documents.length === 0) return []
  const { graph, goneIf } = definition
  const { kinds: _kinds, ...documents } = graph.documents
  const common = { names: names.digest, provider: graph.provider ?? null, goneIf }
  const read: WantedClaims = {
    ...{ maker: 'documents', madeMs: drop.arrivalMs },
    inputs: {
      ...{ read: readOf(drop), extractor: DOCUMENTS_EXTRACTOR },
      configuration: { ...common, documents },
    },
    make: () => documentsBatch(lake, drop, definition, names.dictionary),
  }
  const { languageModel } = graph
  if (!languageModel || !model) return [read]
  const { dictionary } = names
  const extraction = { scene, lake, model, dictionary, definition: languageModel }
  const asked: WantedClaims = {
    ...{ maker: 'language-model', madeMs: drop.arrivalMs },
    inputs: {
      // A model that did not answer is asked again by the next generation.
      ...{ read: { ...readOf(drop), generation }, extractor: LANGUAGE_MODEL_EXTRACTOR },
      configuration: { ...common, model: model.id, definition: languageModel },
    },
    make: () => modelBatch(lake, drop, definition, languageModelExtractor(extraction)),
  }
  return [read, asked]
}
