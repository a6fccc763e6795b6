import type { VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { isoSeconds } from '../contract/time.ts'
import type { VersionManifest } from '../contract/training.ts'

/** One version of a chain, with what says what it learned from. */
export interface Link {
  row: VersionRow
  manifest: VersionManifest
  sampling: Scene['sampling']
  objective: string
  /** Closed files that each set accounts for, by the set's `fromMs`. */
  closedKeys: ReadonlyMap<number, readonly string[]>
}
/** A closed file: an hour of event time, and the closing that left it. */
export interface ClosedFile {
  key: string
  hourMs: number
  closedThroughMs: number
}
export type Assignment =
  | { kind: 'learned'; by: Link }
  | { kind: 'excluded'; by: Link }
  | { kind: 'waiting'; for: 'nextDaily' | 'dailyOfItsDay' }

/** Where the intervals of a chain, root first, do not join, or a version is not what its tier may be. */
export function findGaps(chain: readonly Link[]): string[] {
  return chain.flatMap(({ row, manifest }, i) => {
    const found: string[] = []
    const parent = chain[i - 1]?.row
    if (
      manifest.version !== row.version ||
      manifest.dataFromMs !== row.dataFromMs ||
      manifest.dataThroughMs !== row.dataThroughMs
    )
      found.push(`the manifest of ${row.version} is of another version or interval than its row`)
    if (parent && row.dataFromMs !== parent.dataThroughMs)
      found.push(
        `${row.version} begins at ${isoSeconds(row.dataFromMs)}, its parent ${parent.version} ended at ${isoSeconds(parent.dataThroughMs)}: a ${row.dataFromMs > parent.dataThroughMs ? 'gap' : 'second time'} between them`,
      )
    if (row.parent === null && row.tier !== 'full')
      found.push(`${row.version} has no parent: expected a full at the root, got its ${row.tier}`)
    if (row.tier !== 'hourly' && parent?.tier === 'hourly')
      found.push(
        `${row.version} continues ${parent.version}: an hourly is never a ${row.tier}'s parent`,
      )
    return found
  })
}

const isExcluded = ({ manifest }: Link, hourMs: number): boolean =>
  manifest.exclusions.some(({ fromMs, throughMs }) => hourMs >= fromMs && hourMs < throughMs)

/** A regrown chain keeps the set of an hour as it was first made: what was closed later is not in it. */
function isLeftToDaily({ closedKeys }: Link, { key, hourMs }: ClosedFile): boolean {
  const taken = closedKeys.get(hourMs)
  return taken !== undefined && taken.length > 0 && !taken.includes(key)
}

/**
 * Who of a chain, root first, is to have learned from a closed file, by the rules of the plan and
 * not by its manifests: of fulls and dailies the first that could see it, in its own interval or in
 * its late lane; past the last of those the hourly of its hour. Null: it is none of the chain's,
 * being of after its head, or of before its root and closed by then.
 */
export function assignFile(chain: readonly Link[], file: ClosedFile): Assignment | null {
  const { hourMs, closedThroughMs } = file
  const root = chain[0]!.row
  const head = chain[chain.length - 1]!.row
  if (hourMs >= head.dataThroughMs) return null
  if (hourMs < root.dataFromMs && closedThroughMs <= root.closedThroughMs) return null
  const bases = chain.filter(({ row }) => row.tier !== 'hourly')
  const couldSee = ({ row }: Link): boolean =>
    hourMs < row.dataThroughMs && closedThroughMs <= row.closedThroughMs
  const learn = (by: Link): Assignment => ({
    kind: isExcluded(by, hourMs) ? 'excluded' : 'learned',
    by,
  })
  const base = bases.find(couldSee)
  if (base) return learn(base)
  if (hourMs < (bases.at(-1)?.row.dataThroughMs ?? Number.NEGATIVE_INFINITY))
    return { kind: 'waiting', for: 'nextDaily' }
  const hourly = chain.find(({ row }) => row.tier === 'hourly' && hourMs < row.dataThroughMs)!
  if (isExcluded(hourly, hourMs)) return { kind: 'excluded', by: hourly }
  if (closedThroughMs > hourly.row.closedThroughMs || isLeftToDaily(hourly, file))
    return { kind: 'waiting', for: 'dailyOfItsDay' }
  return learn(hourly)
}
