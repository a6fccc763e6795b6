import type { Claim, Withdrawal } from '../../contract/claims.ts'
import type { GraphSnapshot } from '../../contract/graph.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { readEach } from '../../core/read-each.ts'
import { compareTexts } from '../claims/claim.ts'
import { readShard, writeShard } from './shard-store.ts'
import { ascending, byShard } from './source-index.ts'

/** The withdrawals after a change, as far as its sources are concerned. */
export interface Withdrawals {
  /** Sources whose withdrawal is new or later. */
  later: string[]
  isWithdrawn(claim: Claim): boolean
  /** Writes the shards that changed, and names them in the snapshot. */
  write(store: ObjectStore, snapshot: GraphSnapshot): Promise<void>
}

/** Each source with the latest of two times. */
function mergeInto(all: Map<string, number>, news: readonly Withdrawal[]): void {
  for (const { source, throughMs } of news)
    all.set(source, Math.max(throughMs, all.get(source) ?? 0))
}

/**
 * Reads the withdrawals of the sources that a change names, and merges its own into them. Other shards are not read:
 * a claim of a source that the change does not name stays as it is.
 */
export async function mergeWithdrawals(
  store: ObjectStore,
  before: GraphSnapshot,
  { added, withdrawn }: { added: readonly Claim[]; withdrawn: readonly Withdrawal[] },
): Promise<Withdrawals> {
  const shards = before.withdrawn.length
  const named = byShard([...added, ...withdrawn], ({ source }) => source, shards)
  const news = byShard(withdrawn, ({ source }) => source, shards)
  const all = new Map<string, number>()
  const changed = new Map<number, Map<string, number>>()
  const later: string[] = []
  await readEach(ascending(named.keys()), async (shard) => {
    const own = new Map<string, number>()
    mergeInto(own, await readShard(store, before, 'withdrawn', shard))
    const known = new Map(own)
    mergeInto(own, news.get(shard) ?? [])
    const moved = [...own.keys()].filter((source) => own.get(source) !== known.get(source))
    later.push(...moved)
    if (moved.length > 0) changed.set(shard, own)
    for (const { source } of named.get(shard)!)
      if (own.has(source)) all.set(source, own.get(source)!)
  })
  return {
    later: later.sort(compareTexts),
    isWithdrawn: ({ source, validFromMs }) => validFromMs <= (all.get(source) ?? -1),
    async write(target, snapshot) {
      await readEach(ascending(changed.keys()), async (shard) => {
        const rows = [...changed.get(shard)!]
          .map(([source, throughMs]) => ({ source, throughMs }))
          .sort((a, b) => compareTexts(a.source, b.source))
        snapshot.withdrawn[shard] = await writeShard(target, before, 'withdrawn', shard, rows)
      })
    },
  }
}
