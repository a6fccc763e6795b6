import type { VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { isoSeconds } from '../contract/time.ts'
import type { VersionManifest } from '../contract/training.ts'

/** One version of a chain, with the record of what it learned from. */
export interface Link {
  row: VersionRow
  manifest: VersionManifest
  sampling: Scene['sampling']
  objective: string
  /** The closed files of each set, by the `fromMs` of the set. */
  closedKeys: ReadonlyMap<number, readonly string[]>
  /** A person was erased: what sampling or verdicts had left out of them is in no file, and still in the accounts. */
  mayLack?: boolean
}
/** A closed file: an hour of event time, and the closing that wrote it. */
export interface ClosedFile {
  key: string
  hourMs: number
  closedThroughMs: number
}
export type Assignment =
  | { kind: 'learned'; by: Link }
  | { kind: 'excluded'; by: Link }
  | { kind: 'waiting'; for: 'nextDaily' | 'dailyOfItsDay' }

/**
 * Finds gaps and overlaps between the intervals of a chain, root first, and versions whose parent their
 * tier does not allow.
 */
export function findGaps(chain: readonly Link[]): string[] {
  return chain.flatMap(({ row, manifest }, i) => {
    const found: string[] = []
    const parent = chain[i - 1]?.row
    if (
      manifest.version !== row.version ||
      manifest.dataFromMs !== row.dataFromMs ||
      manifest.dataThroughMs !== row.dataThroughMs
    )
      found.push(`the manifest of ${row.version} has another version or interval than its row`)
    if (parent && row.dataFromMs !== parent.dataThroughMs)
      found.push(
        `${row.version} begins at ${isoSeconds(row.dataFromMs)}, and its parent ${parent.version} ends at ${isoSeconds(parent.dataThroughMs)}: ${row.dataFromMs > parent.dataThroughMs ? 'there is a gap between them' : 'they overlap'}`,
      )
    if (row.parent === null && row.tier !== 'full')
      found.push(
        `${row.version} has no parent: expected a full at the root, got the tier ${row.tier}`,
      )
    if (row.tier !== 'hourly' && parent?.tier === 'hourly')
      found.push(
        `${row.version} continues ${parent.version}: an hourly may not be the parent of a ${row.tier}`,
      )
    return found
  })
}

const isExcluded = ({ manifest }: Link, hourMs: number): boolean =>
  manifest.exclusions.some(({ fromMs, throughMs }) => hourMs >= fromMs && hourMs < throughMs)

/** A regrown chain reuses the first set of an hour, without files that were closed later. */
function isLeftToDaily({ closedKeys }: Link, { key, hourMs }: ClosedFile): boolean {
  const taken = closedKeys.get(hourMs)
  return taken !== undefined && taken.length > 0 && !taken.includes(key)
}

/**
 * Finds the version of a chain, root first, that must have learned from a closed file. It uses the
 * rules of the plan and not the manifests. The version is the first full or daily that could see the
 * file, in its own interval or in its late lane. After the last full or daily it is the hourly of that
 * hour. Null: the file is not part of the chain. Its hour is after the head, or it is before the root
 * and was closed before the root's closing.
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
