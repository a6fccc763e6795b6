import { GRAPH_TABLES, type GraphTable, graphShardKey } from '../../contract/claim-keys.ts'
import {
  type Claim,
  type Fact,
  SOURCE_SHARD_COLUMNS,
  type SourceShard,
  WITHDRAWAL_COLUMNS,
  type Withdrawal,
} from '../../contract/claims.ts'
import type { GraphSnapshot } from '../../contract/graph.ts'
import { sha256Hex } from '../../core/digest.ts'
import { CorruptArtifact } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { readParquet, writeParquet } from '../../core/parquet.ts'
import { decodeFacts, decodeKnownClaims, encodeClaims, encodeFacts } from '../claims/encode.ts'

/** Objects of a graph in the store. Their names are digests of their bytes. */

interface Rows {
  claims: Claim
  facts: Fact
  sources: SourceShard
  withdrawn: Withdrawal
}
type Codec<T> = {
  encode(rows: readonly T[]): Uint8Array
  decode(bytes: Uint8Array, name: string): Promise<T[]>
}
const CODECS: { [K in GraphTable]: Codec<Rows[K]> } = {
  claims: { encode: encodeClaims, decode: decodeKnownClaims },
  facts: { encode: encodeFacts, decode: decodeFacts },
  sources: {
    encode: (rows) => writeParquet(SOURCE_SHARD_COLUMNS, rows as never),
    decode: (bytes) => readParquet(bytes, Object.keys(SOURCE_SHARD_COLUMNS)),
  },
  withdrawn: {
    encode: (rows) => writeParquet(WITHDRAWAL_COLUMNS, rows as never),
    decode: (bytes) => readParquet(bytes, Object.keys(WITHDRAWAL_COLUMNS)),
  },
}

const digestOfBytes = (bytes: Uint8Array): string => sha256Hex(bytes).slice(0, 32)

async function getChecked(store: ObjectStore, key: string, digest: string): Promise<Uint8Array> {
  const bytes = await store.get(key)
  const found = digestOfBytes(bytes)
  if (found === digest) return bytes
  throw new CorruptArtifact(`${key}: got bytes with the digest ${found}, expected ${digest}`)
}

/** Rows of one shard of a table. Throws ObjectMissing, and CorruptArtifact for bytes that its name does not fit. */
export async function readShard<T extends GraphTable>(
  store: ObjectStore,
  snapshot: GraphSnapshot,
  table: T,
  shard: number,
): Promise<Rows[T][]> {
  const digest = snapshot[table][shard]
  if (!digest) return []
  const key = graphShardKey({ ...snapshot, table, shard, digest })
  return CODECS[table].decode(await getChecked(store, key, digest), key)
}

/** Writes one shard, unless it is what it was. Returns its digest, null without rows. */
export async function writeShard<T extends GraphTable>(
  store: ObjectStore,
  before: GraphSnapshot,
  table: T,
  shard: number,
  rows: readonly Rows[T][],
): Promise<string | null> {
  if (rows.length === 0) return null
  const bytes = CODECS[table].encode(rows)
  const digest = digestOfBytes(bytes)
  const { scene, generation } = before
  if (before[table][shard] !== digest)
    await store.put(graphShardKey({ scene, generation, table, shard, digest }), bytes)
  return digest
}

/** The keys of shards of a snapshot that a later one of its generation replaced. */
export const replacedShards = (before: GraphSnapshot, after: GraphSnapshot): string[] =>
  GRAPH_TABLES.flatMap((table) =>
    before[table].flatMap((digest, shard) =>
      digest !== null && after[table][shard] !== digest
        ? [graphShardKey({ ...before, table, shard, digest })]
        : [],
    ),
  )
