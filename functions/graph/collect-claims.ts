import type { Claim } from '../contract/claims.ts'
import type { GraphSnapshot } from '../contract/graph.ts'
import type { StatedDrop } from '../contract/graph-objects.ts'
import { openDropName } from '../contract/keys.ts'
import { DAY_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { refuse } from './claims/claim.ts'
import { loadClaimManifest, readClaims } from './claims/claim-file.ts'
import type { MadeBatch, MadeClaims } from './claims/make-claims.ts'
import { applyChange } from './fold/apply-change.ts'
import type { Fusion } from './fold/fuse.ts'

/** Claims that are folded at a time: some 500 bytes each. */
const CLAIMS_AT_ONCE = 1_000_000
/** A drop whose manifest comes later than this after its arrival waits for the next full build. */
export const LATE_MS = 3 * DAY_MS

/** What batches of claims are, in numbers, added to those before. */
export function accountFor(
  before: GraphSnapshot['accounts'],
  made: readonly MadeBatch[],
): GraphSnapshot['accounts'] {
  const { claims, refused, withdrawnSources } = structuredClone(before)
  let gone = withdrawnSources
  for (const { name, ...batch } of made) {
    claims[name.maker] = (claims[name.maker] ?? 0) + batch.claims
    for (const [reason, count] of Object.entries(batch.refused)) refuse(refused, reason, count)
    gone += batch.gone
  }
  return { claims, refused, withdrawnSources: gone }
}

/** The names of the drops that a snapshot remembers: those that a late manifest may be mistaken for. */
export const rememberDrops = (
  before: readonly string[],
  drops: readonly StatedDrop[],
  arrivedThroughMs: number,
): string[] =>
  [...new Set([...before, ...drops.map(openDropName)])]
    .filter((name) => Number(name.slice(0, 13)) >= arrivedThroughMs - LATE_MS)
    .sort()

export interface CollectedClaims {
  snapshot: GraphSnapshot
  touched: Set<string>
  /** Shards of subjects that were read. */
  shards: number
}

/** The claims of some batches that no other one supersedes, file after file. */
async function* readStanding(
  lake: ObjectStore,
  { batches, superseded }: MadeClaims,
): AsyncGenerator<Claim[]> {
  for (const { name, isSuperseded } of batches) {
    if (isSuperseded) continue
    const manifest = await loadClaimManifest(lake, name)
    if (superseded.hasAll(manifest)) continue
    yield (await readClaims(lake, manifest)).filter((claim) => !superseded.has(claim))
  }
}

/**
 * Folds batches of claims into a graph, as many at a time as fit into memory. What a later batch supersedes is dropped
 * before: a source that spoke a hundred times is folded once.
 */
export async function collectClaims(
  { lake, models }: { lake: ObjectStore; models: ObjectStore },
  before: GraphSnapshot,
  made: MadeClaims,
  fusion: Fusion,
  claimsAtOnce = CLAIMS_AT_ONCE,
): Promise<CollectedClaims> {
  const touched = new Set<string>()
  let snapshot = before
  let shards = 0
  let added: Claim[] = []
  let withdrawn = [...made.superseded.withdrawals()]
  const apply = async (): Promise<void> => {
    if (added.length + withdrawn.length === 0) return
    const applied = await applyChange(models, snapshot, { added, withdrawn }, fusion)
    snapshot = applied.snapshot
    shards += applied.shards
    for (const subject of applied.touched) touched.add(subject)
    added = []
    withdrawn = []
  }
  for await (const claims of readStanding(lake, made)) {
    if (added.length > 0 && added.length + claims.length > claimsAtOnce) await apply()
    for (const claim of claims) added.push(claim)
  }
  await apply()
  return { snapshot, touched, shards }
}
