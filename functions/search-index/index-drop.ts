import { dropManifestSchema } from '../contract/accounts.ts'
import { cleanKeysOf } from '../contract/keys.ts'
import type { SearchDefinition } from '../contract/search.ts'
import { findJson } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { type IndexPorts, indexStatements, openGeneration, readStatements } from './build.ts'
import { rebuildIndex } from './rebuild.ts'
import { loadState } from './state.ts'

/** What became of a drop. `none`: it has no statements for the index. `deleted`: its manifest is gone. */
export interface IndexedDrop {
  result: 'indexed' | 'none' | 'deleted'
  /** Documents that were new, or newer than before, in the newest generation. */
  documents: number
}

/**
 * Indexes a drop's statements in every generation that is written to. Before the first generation it builds one
 * from the lake, which has this drop. A repeat changes nothing. Throws only for faults of the stores.
 */
export async function indexDrop(
  ports: IndexPorts,
  search: SearchDefinition,
  manifestKey: string,
): Promise<IndexedDrop> {
  const manifest = await findJson(ports.lake, manifestKey, dropManifestSchema)
  if (!manifest) return { result: 'deleted', documents: 0 }
  const keys = cleanKeysOf(manifest, search.of)
  if (manifest.refused !== null || keys.length === 0) return { result: 'none', documents: 0 }
  const { generations } = await loadState(ports.online, ports.scene)
  if (generations.length === 0) {
    const { live } = await rebuildIndex(ports, search, manifest.arrivalMs)
    return { result: 'indexed', documents: live }
  }
  const rows = (await readEach(keys, (key) => readStatements(ports.lake, key), 4)).flat()
  const counts = []
  for (const one of generations) {
    const open = await openGeneration(ports, one)
    counts.push(await indexStatements(ports, open, rows, manifest.arrivalMs))
  }
  return { result: 'indexed', documents: counts[0]! }
}
