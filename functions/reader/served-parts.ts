import type { Parts } from '../contract/part.ts'
import {
  CURRENT_SK,
  currentRowSchema,
  releaseRowSchema,
  releaseSk,
  scenePk,
} from '../contract/registry.ts'
import { ObjectMissing } from '../core/errors.ts'
import type { TableStore } from '../core/tables.ts'

/**
 * Answers the parts of the served release; null where nothing is released. A fault is thrown: it must not look like
 * that. One read, and another one after a flip.
 */
export function openServedParts(registry: Pick<TableStore, 'get'>, scene: string) {
  let known: { sequence: number; version: string; parts: Parts } | null = null
  return async (): Promise<Parts | null> => {
    const row = await registry.get(scenePk(scene), CURRENT_SK)
    const current = row && currentRowSchema.parse(row)
    if (!current || current.version === null) return null
    const { sequence, version } = current
    if (known?.sequence === sequence && known.version === version) return known.parts
    const released = await registry.get(scenePk(scene), releaseSk(sequence))
    if (!released)
      throw new ObjectMissing(`no release ${sequence} of ${scene}, which CURRENT names`)
    const { parts } = releaseRowSchema.parse(released)
    known = { sequence, version, parts }
    return parts
  }
}
