import type { VersionRow } from '../contract/registry.ts'
import type { Registry } from './registry.ts'

/** The full or daily that a version's chain starts from. A full or daily is its own base. */
export const baseOf = ({ version, base }: Pick<VersionRow, 'version' | 'base'>): string =>
  base ?? version

/** The row of a version's base: its own row where it is a full or daily. */
export async function loadBase(registry: Registry, version: string): Promise<VersionRow | null> {
  const row = await registry.version(version)
  return row?.base ? registry.version(row.base) : row
}

/** The row of the version that this version's model is a delta of; null for a full or daily. */
export const loadDeltaBase = async (
  registry: Registry,
  row: Pick<VersionRow, 'base'> | null,
): Promise<VersionRow | null> => (row?.base ? registry.version(row.base) : null)

/**
 * A version and its ancestors, youngest first, from rows in memory. The walk ends at a parent that
 * `find` does not know, or that the walk has visited before.
 */
export function walkToRoot<Row extends Pick<VersionRow, 'version' | 'parent'>>(
  find: (version: string) => Row | undefined,
  version: string,
): Row[] {
  const chain = new Set<Row>()
  for (let row = find(version); row && !chain.has(row); row = find(row.parent ?? '')) chain.add(row)
  return [...chain]
}

/** The same, from rows that it reads one by one. Empty where the version is not registered. */
export async function loadAncestry(registry: Registry, version: string): Promise<VersionRow[]> {
  const rows = new Map<string, VersionRow>()
  for (let name: string | null = version; name !== null && !rows.has(name); ) {
    const row: VersionRow | null = await registry.version(name)
    if (!row) break
    rows.set(name, row)
    name = row.parent
  }
  return [...rows.values()]
}
