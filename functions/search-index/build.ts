import type { Generation } from '../contract/generations.ts'
import { searchDefinitionKey } from '../contract/keys.ts'
import { type SearchMeaning, searchMeaningSchema } from '../contract/search-index.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import { addDocuments, type Origin, type WriterPorts } from './add-documents.ts'
import { type Analyzers, createAnalyzers } from './analysis/analyzer.ts'
import {
  documentOf,
  newestStatements,
  STATEMENT_COLUMNS,
  type StatementRow,
  textReaders,
} from './documents.ts'
import { isOfThisCode } from './generation.ts'
import { mergeLevels } from './merge.ts'
import type { SegmentShape } from './segment/types.ts'

/** Where statements are read and indexes are written. */
export interface IndexPorts extends Omit<WriterPorts, 'models'> {
  lake: ObjectStore
  models: ObjectStore
}

/** A generation that documents are written to, with what it means. */
export interface OpenGeneration {
  generation: string
  meaning: SearchMeaning
  analyzers: Analyzers
  shape: SegmentShape
}

/** A segment holds at most this many documents, or this much text, of one call. */
export const BATCH_DOCUMENTS = 20_000
const BATCH_CHARACTERS = 48 * 2 ** 20

export const shapeOf = (generation: string, { search }: SearchMeaning): SegmentShape => ({
  generation,
  fields: Object.keys(search.fields).sort(),
  filters: [...search.filters].sort(),
  numbers: [...search.numbers].sort(),
})

/**
 * A generation keeps the meaning that it began with, whatever the scene says now. Null: other code built it, and this
 * code would write other terms or another layout into it.
 */
export async function openGeneration(
  { models, scene }: { models: ObjectStore; scene: string },
  { generation }: Pick<Generation, 'generation'>,
): Promise<OpenGeneration | null> {
  const key = searchDefinitionKey(scene, generation)
  const meaning = await getJson(models, key, searchMeaningSchema)
  if (!isOfThisCode(meaning)) return null
  return {
    ...{ generation, meaning },
    analyzers: createAnalyzers(meaning.search),
    shape: shapeOf(generation, meaning),
  }
}

/** The statements of a clean file. */
export async function readStatements(
  lake: Pick<ObjectStore, 'get'>,
  key: string,
): Promise<StatementRow[]> {
  return readParquet<StatementRow>(await lake.get(key), STATEMENT_COLUMNS)
}

/** Cuts statements into batches whose segments fit the memory of the function. */
export function* batchesOf(rows: readonly StatementRow[]): Generator<StatementRow[]> {
  let batch: StatementRow[] = []
  let characters = 0
  for (const row of rows) {
    const own = (row.text?.length ?? 0) + (row.title?.length ?? 0) + row.attributes.length
    if (
      batch.length >= BATCH_DOCUMENTS ||
      (batch.length > 0 && characters + own > BATCH_CHARACTERS)
    ) {
      yield batch
      batch = []
      characters = 0
    }
    batch.push(row)
    characters += own
  }
  if (batch.length > 0) yield batch
}

/**
 * Adds statements to a generation and merges what has become many. Their drop is noted with the last of them. Returns
 * the number of new documents.
 */
export async function indexStatements(
  ports: IndexPorts,
  { generation, meaning, analyzers, shape }: OpenGeneration,
  rows: readonly StatementRow[],
  { throughMs, applied }: Origin,
): Promise<number> {
  let documents = 0
  const readers = textReaders(analyzers)
  const batches = [...batchesOf(newestStatements(rows))]
  for (const [n, batch] of batches.entries()) {
    const indexed = batch.map((row) => documentOf(meaning.search, readers, row))
    const origin = { throughMs, applied: n === batches.length - 1 ? applied : null }
    documents += await addDocuments(ports, generation, shape, indexed, origin)
    await mergeLevels(ports, generation, shape)
  }
  return documents
}
