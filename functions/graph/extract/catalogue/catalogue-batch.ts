import type { GraphDefinition, StatedDrop } from '../../../contract/graph-objects.ts'
import type { ObjectStore } from '../../../core/objects.ts'
import type { ClaimBatch } from '../../claims/claim-file.ts'
import { GrowingBatch } from '../batch.ts'
import { readStatements } from '../statements.ts'
import { extractStatement, statementSource } from './catalogue.ts'

const KINDS = [
  ['items', 'item'],
  ['documents', 'document'],
] as const

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
  for (const [files, kind] of KINDS)
    for (const stated of await readStatements(lake, drop[files], definition, false)) {
      batch.replace(statementSource({ kind, id: stated.id }), stated.knowableMs)
      if (!stated.isGone)
        batch.add(extractStatement({ ...stated, kind }, definition.graph.catalogue))
    }
  return batch
}
