import type { Claim } from '../contract/claims.ts'
import type { GraphSection, GraphSnapshot } from '../contract/graph.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readFactsOf } from './fold/apply-change.ts'
import type { Fusion } from './fold/fuse.ts'
import { joinEntities, type MergedGraph, membersOf, mergeEntities } from './fold/merge.ts'
import { readShard } from './fold/shard-store.ts'

/** Without a section `resolution`, merges that the catalogue claims still count. */
const MIN_MERGE_CONFIDENCE = 0.5
export const minMergeConfidence = ({ resolution }: Pick<GraphSection, 'resolution'>): number =>
  resolution?.minConfidence ?? MIN_MERGE_CONFIDENCE

/** The claims about some entities, by snapshot. Shards that snapshots share are read once. */
async function claimsOf(
  store: ObjectStore,
  snapshots: readonly GraphSnapshot[],
  members: readonly ReadonlySet<string>[],
): Promise<Claim[][]> {
  const found: Claim[][] = snapshots.map(() => [])
  if (members.every(({ size }) => size === 0)) return found
  const shards = snapshots[0]?.claims.length ?? 0
  for (let shard = 0; shard < shards; shard++) {
    const read = new Map<string | null, Claim[]>()
    for (const [at, snapshot] of snapshots.entries()) {
      const digest = snapshot.claims[shard]!
      const claims = read.get(digest) ?? (await readShard(store, snapshot, 'claims', shard))
      read.set(digest, claims)
      for (const claim of claims) if (members[at]!.has(claim.subject)) found[at]!.push(claim)
    }
  }
  return found
}

/**
 * Graphs as readers see them, of some snapshots of one generation. Memory: all facts, and the claims of entities that
 * are merged. Without merges, no claim is read.
 */
export async function readMerged(
  store: ObjectStore,
  snapshots: readonly GraphSnapshot[],
  section: Pick<GraphSection, 'resolution'>,
  { fuse }: Fusion,
): Promise<MergedGraph[]> {
  const minConfidence = minMergeConfidence(section)
  const facts = await readFactsOf(store, snapshots)
  const members = facts.map((own) => membersOf(joinEntities(own, minConfidence)))
  const claims = await claimsOf(store, snapshots, members)
  return facts.map((own, at) =>
    mergeEntities(
      own,
      minConfidence,
      members[at]!.size === 0 ? null : { claims: claims[at]!, fuse },
    ),
  )
}
