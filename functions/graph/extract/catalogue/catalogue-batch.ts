import { CHUNK_ATTRIBUTES } from '../../../contract/documents.ts'
import type { GraphSection } from '../../../contract/graph.ts'
import type { GraphDefinition, StatedDrop } from '../../../contract/graph-objects.ts'
import type { ObjectStore } from '../../../core/objects.ts'
import type { ClaimBatch } from '../../claims/claim-file.ts'
import { GrowingBatch } from '../batch.ts'
import { readStatements, type Stated } from '../statements.ts'
import { extractStatement, statementSource } from './catalogue.ts'

const KINDS = [
  ['items', 'item'],
  ['documents', 'document'],
] as const

/**
 * What is claimed of a chunk: the entities that its document's attributes name. Its texts are the document's, and its
 * title would name it wherever a text has the same heading.
 */
const ofChunks = (catalogue: GraphSection['catalogue']): GraphSection['catalogue'] =>
  Object.fromEntries(Object.entries(catalogue).filter(([, { entity }]) => entity !== undefined))

const isChunk = ({ attributes }: Stated): boolean =>
  Object.hasOwn(attributes, CHUNK_ATTRIBUTES.document)

/**
 * What a drop's statements about items and documents claim. Each replaces what was stated about its entity before; one
 * that says that the entity is gone claims nothing. Memory: the statements, without their texts, and the claims.
 */
export async function catalogueBatch(
  lake: ObjectStore,
  drop: StatedDrop,
  definition: GraphDefinition,
): Promise<ClaimBatch> {
  const batch = new GrowingBatch()
  const { catalogue } = definition.graph
  const chunks = definition.hasChunks ? ofChunks(catalogue) : catalogue
  for (const [files, kind] of KINDS)
    for (const stated of await readStatements(lake, drop[files], definition, false)) {
      batch.replace(statementSource({ kind, id: stated.id }), stated.knowableMs)
      const mapping = kind === 'item' && isChunk(stated) ? chunks : catalogue
      if (stated.isGone) batch.gone++
      else batch.add(extractStatement({ ...stated, kind }, mapping))
    }
  return batch
}
