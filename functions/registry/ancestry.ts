import type { VersionRow } from '../contract/registry.ts'
import type { Registry } from './registry.ts'

/** The full or daily that a version is grown from; a full or daily is its own base. */
export const baseOf = ({ version, base }: Pick<VersionRow, 'version' | 'base'>): string =>
  base ?? version

/** The base's row; the version's own where it is a full or daily. */
export async function loadBase(registry: Registry, version: string): Promise<VersionRow | null> {
  const row = await registry.version(version)
  return row?.base ? registry.version(row.base) : row
}

/** The row of the model that this version's is a delta of; null for a full or daily. */
export const loadDeltaBase = async (
  registry: Registry,
  row: Pick<VersionRow, 'base'> | null,
): Promise<VersionRow | null> => (row?.base ? registry.version(row.base) : null)

type Grown = Pick<VersionRow, 'version' | 'parent'>

/**
 * A version and its parents to the root, youngest first, of rows that are at hand. Ends at a parent
 * that `find` does not know, or that has been passed before.
 */
export function walkToRoot<Row extends Grown>(
  find: (version: string) => Row | undefined,
  version: string,
): Row[] {
  const chain = new Set<Row>()
  for (let row = find(version); row && !chain.has(row); row = find(row.parent ?? '')) chain.add(row)
  return [...chain]
}

/** As `walkToRoot`, of the registry's rows; empty where the version is not registered. */
export async function loadAncestry(registry: Registry, version: string): Promise<VersionRow[]> {
  const rows = new Map<string, VersionRow>()
  for (let at: string | null = version; at !== null && !rows.has(at); ) {
    const row: VersionRow | null = await registry.version(at)
    if (!row) break
    rows.set(at, row)
    at = row.parent
  }
  return [...rows.values()]
}
