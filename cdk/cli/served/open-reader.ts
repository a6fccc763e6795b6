import { type CellLog, openReader, type Reader } from '../../../functions/reader/reader.ts'
import type { Cloud } from '../../local/cloud.ts'

/**
 * The reader as an online service has it, on the run's own cloud. It knows users by their pseudonyms.
 * It does not poll: a replay reads CURRENT again when it asks.
 */
export const openServedReader = (
  cloud: Cloud,
  scene: string,
  logCells?: CellLog,
): Promise<Reader> =>
  openReader({
    scene,
    models: cloud.models,
    registry: cloud.registry,
    online: cloud.online,
    identify: (user) => user,
    onFault(fault, during) {
      throw new Error(`the reader failed while ${during}`, { cause: fault })
    },
    ...(logCells ? { logCells } : {}),
    timer: () => () => {},
  })
