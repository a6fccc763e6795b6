import type { CurrentRow, ExclusionRow, HoldRow, VersionRow } from '../contract/registry.ts'
import { InvalidInput } from '../core/errors.ts'
import { walkToRoot } from '../registry/ancestry.ts'
import { loadCollected, type Registry } from '../registry/registry.ts'

export type LineageLine = Pick<
  VersionRow,
  | 'version'
  | 'tier'
  | 'arm'
  | 'parent'
  | 'base'
  | 'dataFromMs'
  | 'dataThroughMs'
  | 'rows'
  | 'positives'
  | 'status'
  | 'reason'
> & {
  /** When its model was deleted by the collection; null while it exists. */
  collectedMs: number | null
  /** It learned from a person who was erased since, or continues a version that did. Absent: neither. */
  erased?: 'learned' | 'inherited'
}
export interface Lineage {
  current: CurrentRow | null
  /** The requested version and its ancestors, youngest first. */
  chain: LineageLine[]
  /** How many more ancestors there are, which `chain` does not show. */
  older: number
  base: LineageLine | null
  /** Other versions with the same parent. */
  siblings: LineageLine[]
  /** Versions in training, on trial, or accepted with later data than the served version. */
  candidates: LineageLine[]
  holds: HoldRow[]
  exclusions: ExclusionRow[]
}
export interface LineageRequest {
  /** Defaults to the served version. */
  version?: string | undefined
  /** The most lines in each list. */
  limit?: number | undefined
}

const DEFAULT_LIMIT = 20

/** Weights go from parent to child until a full training, which has no parent. */
function erasedOf(
  { version }: VersionRow,
  byId: ReadonlyMap<string, VersionRow>,
  marked: ReadonlySet<string>,
): Pick<LineageLine, 'erased'> {
  if (marked.size === 0) return {}
  if (marked.has(version)) return { erased: 'learned' }
  const chain = walkToRoot((id) => byId.get(id), version)
  return chain.some((row) => marked.has(row.version)) ? { erased: 'inherited' } : {}
}

/**
 * Reads the lineage of a version: its ancestors, its siblings, the candidates, holds and exclusions.
 * Reads every version of the scene, about 1 KB each. Throws InvalidInput for a version that is not
 * registered.
 */
export async function readLineage(
  registry: Registry,
  { version: requested, limit = DEFAULT_LIMIT }: LineageRequest,
): Promise<Lineage> {
  const [current, versions, collected, marks, holds, exclusions] = await Promise.all([
    registry.current(),
    registry.versions(),
    loadCollected(registry),
    registry.erasedVersions(),
    registry.holds(),
    registry.exclusions(),
  ])
  const byId = new Map(versions.map((row) => [row.version, row]))
  const marked = new Set(marks.map(({ version }) => version))
  const lineOf = (row: VersionRow): LineageLine => ({
    version: row.version,
    tier: row.tier,
    arm: row.arm,
    parent: row.parent,
    base: row.base,
    dataFromMs: row.dataFromMs,
    dataThroughMs: row.dataThroughMs,
    rows: row.rows,
    positives: row.positives,
    status: row.status,
    reason: row.reason,
    collectedMs: collected.get(row.version) ?? null,
    ...erasedOf(row, byId, marked),
  })
  const newestFirst = (rows: readonly VersionRow[]): LineageLine[] =>
    rows
      .toSorted((a, b) => b.dataThroughMs - a.dataThroughMs || b.scheduledMs - a.scheduledMs)
      .slice(0, limit)
      .map(lineOf)

  const name = requested ?? current?.version ?? null
  const start = name === null ? null : byId.get(name)
  if (start === undefined) throw new InvalidInput(`${name} is not registered in this scene`)
  const chain = start ? walkToRoot((version) => byId.get(version), start.version) : []
  const inChain = new Set(chain)
  const served = current?.version ? byId.get(current.version) : null
  return {
    current,
    chain: chain.slice(0, limit).map(lineOf),
    older: Math.max(0, chain.length - limit),
    base: start?.base ? lineOf(byId.get(start.base)!) : null,
    siblings: newestFirst(
      versions.filter((row) => start && !inChain.has(row) && row.parent === start.parent),
    ),
    candidates: newestFirst(
      versions.filter(
        (row) =>
          row !== served &&
          (row.status === 'started' ||
            row.version === current?.canary?.version ||
            (row.status === 'accepted' &&
              row.dataThroughMs > (served?.dataThroughMs ?? Number.NEGATIVE_INFINITY))),
      ),
    ),
    holds: holds.filter(({ isHeld }) => isHeld),
    exclusions,
  }
}
