import { entityPk } from '../contract/claim-keys.ts'
import { MAX_ENTITY_ID } from '../contract/claims.ts'
import { entityRowSchema } from '../contract/graph.ts'
import { entitySk } from '../contract/graph-rows.ts'
import { GRAPH_PART, type Parts } from '../contract/part.ts'
import type { TableStore } from '../core/tables.ts'
import { type Graph, NoGraph } from './graph-entity.ts'

export interface GraphOptions {
  scene: string
  online: Pick<TableStore, 'get'>
  /** The parts of the release that all users are served; null where nothing is served. */
  servedParts: () => Parts | null | Promise<Parts | null>
}

/** The entities of the served graph: one read of a row each. */
export function openGraph({ scene, online, servedParts }: GraphOptions): Graph {
  return {
    async entity(id) {
      const parts = await servedParts()
      const part = parts?.[GRAPH_PART]
      if (!part) {
        const reason = parts ? 'the served release has no graph' : 'no release is served'
        throw new NoGraph(`scene ${scene}: ${reason}; nothing was read`)
      }
      // A longer id is no key of the table.
      if (id.length > MAX_ENTITY_ID) return null
      const { generation } = part
      const row = await online.get(entityPk(scene, id), entitySk(generation))
      return row && { ...entityRowSchema.parse(row), generation }
    },
  }
}
