import { dropManifestSchema } from '../contract/accounts.ts'
import { cleanKeysOf } from '../contract/keys.ts'
import type { SearchDefinition } from '../contract/search.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { readStatements } from './build.ts'
import type { StatementRow } from './documents.ts'

/** Clean files of a drop that are read at once. */
const FILES_AT_ONCE = 4

/** A drop that has something for the index. Otherwise why not: its manifest is gone, or it has no such statements. */
export type StatedDrop =
  | { result: 'deleted' | 'none' }
  | {
      result: 'stated'
      drop: string
      arrivalMs: number
      readRows: () => Promise<StatementRow[]>
    }

/** A drop by the key of its manifest. Its statements are read when they are asked for. */
export async function readDrop(
  lake: ObjectStore,
  search: SearchDefinition,
  manifestKey: string,
): Promise<StatedDrop> {
  const manifest = await findJson(lake, manifestKey, dropManifestSchema)
  if (!manifest) return { result: 'deleted' }
  const keys = cleanKeysOf(manifest, search.of)
  if (manifest.refused !== null || keys.length === 0) return { result: 'none' }
  const { drop, arrivalMs } = manifest
  const readRows = async () =>
    (await readEach(keys, (key) => readStatements(lake, key), FILES_AT_ONCE)).flat()
  return { result: 'stated', drop, arrivalMs, readRows }
}
