import type { SourceShard } from '../../contract/claims.ts'
import type { GraphSnapshot } from '../../contract/graph.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { readEach } from '../../core/read-each.ts'
import { shardOf } from '../../math/hash.ts'
import { compareTexts } from '../claims/claim.ts'
import { readShard, writeShard } from './shard-store.ts'

/** Rows by the shard of a text of theirs. */
export function byShard<T>(rows: Iterable<T>, textOf: (row: T) => string, shards: number) {
  const found = new Map<number, T[]>()
  for (const row of rows) {
    const shard = shardOf(textOf(row), shards)
    const own = found.get(shard)
    if (own) own.push(row)
    else found.set(shard, [row])
  }
  return found
}

export const ascending = (numbers: Iterable<number>): number[] =>
  [...new Set(numbers)].sort((a, b) => a - b)

/** Rows of the index of sources, by source and shard. */
const compareSourceShards = (a: SourceShard, b: SourceShard): number =>
  compareTexts(a.source, b.source) || a.shard - b.shard

/** Which of the affected sources have claims in which touched shards, before and after. */
export class SourceIndex {
  /** By source: shards that it entered (true) and left (false). */
  readonly #changes = new Map<string, Map<number, boolean>>()

  /** Of a shard that changed: the sources that the change names, and those that it has claims of. */
  note(shard: number, affected: ReadonlySet<string>, present: ReadonlySet<string>): void {
    for (const source of affected) {
      const own = this.#changes.get(source) ?? new Map<number, boolean>()
      this.#changes.set(source, own.set(shard, present.has(source)))
    }
  }

  /** Reads and writes the shards of the index that changed. */
  async write(store: ObjectStore, snapshot: GraphSnapshot): Promise<void> {
    const changed = byShard(this.#changes, ([source]) => source, snapshot.sources.length)
    await readEach(ascending(changed.keys()), async (shard) => {
      const changes = new Map(changed.get(shard))
      const rows = await readShard(store, snapshot, 'sources', shard)
      const kept = rows.filter((row) => !changes.get(row.source)?.has(row.shard))
      const entered = [...changes].flatMap(([source, shards]) =>
        [...shards].flatMap(([own, isThere]) => (isThere ? [{ source, shard: own }] : [])),
      )
      const after = [...kept, ...entered].sort(compareSourceShards)
      snapshot.sources[shard] = await writeShard(store, snapshot, 'sources', shard, after)
    })
  }
}
