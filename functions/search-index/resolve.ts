import type { OpenSegment } from './open-snapshot.ts'
import type { Segment } from './segment/types.ts'
import { compareVersions } from './version.ts'

/** Documents by number, each id once: those of a call, or of a segment. */
export type Arrivals = Pick<Segment, 'count' | 'idOf' | 'versionOf' | 'find'>

/** The numbers of one id in two sets of documents. */
type Shared = readonly [one: number, other: number]

/** The ids that both have. The smaller one asks the larger. */
function sharedIds(one: Arrivals, other: Arrivals): Shared[] {
  if (one.count > other.count) return sharedIds(other, one).map(([a, b]): Shared => [b, a])
  const shared: Shared[] = []
  for (let doc = 0; doc < one.count; doc++) {
    const found = other.find(one.idOf(doc))
    if (found >= 0) shared.push([doc, found])
  }
  return shared
}

export interface Resolution {
  /** Numbers of arrivals that are no newer than what is known. */
  stale: ReadonlySet<number>
  /** Of each segment, the documents that newer arrivals replace, ascending. */
  replaced: readonly (readonly number[])[]
}

/**
 * Says which arrivals are new, and which documents of the segments they replace. What an arrival shares with a segment
 * never changes, so a second resolution looks only at segments that are new.
 */
export function createResolver(
  arrivals: Arrivals,
): (segments: readonly OpenSegment[]) => Resolution {
  const known = new Map<Segment, readonly Shared[]>()
  const sharedWith = (segment: Segment): readonly Shared[] => {
    const shared = known.get(segment) ?? sharedIds(arrivals, segment)
    known.set(segment, shared)
    return shared
  }
  return (segments) => {
    const stale = new Set<number>()
    for (const { segment } of segments)
      for (const [arrival, doc] of sharedWith(segment))
        if (compareVersions(arrivals.versionOf(arrival), segment.versionOf(doc)) <= 0)
          stale.add(arrival)
    const replaced = segments.map(({ segment, deleted }) =>
      sharedWith(segment)
        .filter(([arrival, doc]) => !stale.has(arrival) && !deleted.has(doc))
        .map(([, doc]) => doc)
        .sort((a, b) => a - b),
    )
    return { stale, replaced }
  }
}

/** Documents of a call as arrivals. */
export function arrivalsOf(
  documents: readonly { id: string; version: ReturnType<Segment['versionOf']> }[],
): Arrivals {
  const numbers = new Map(documents.map(({ id }, n) => [id, n]))
  return {
    count: documents.length,
    idOf: (n) => documents[n]!.id,
    versionOf: (n) => documents[n]!.version,
    find: (id) => numbers.get(id) ?? -1,
  }
}
