import type { Claim, Withdrawal } from '../contract/claims.ts'
import type { GraphSnapshot } from '../contract/graph.ts'
import type { StatedDrop } from '../contract/graph-objects.ts'
import { openDropName } from '../contract/keys.ts'
import { DAY_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { readClaims } from './claims/claim-file.ts'
import type { MadeClaims } from './claims/make-claims.ts'
import { applyChange } from './fold/apply-change.ts'
import type { Fusion } from './fold/fuse.ts'

/** Claims that are folded at a time: some 500 bytes each. */
const CLAIMS_AT_ONCE = 1_000_000
/** A drop whose manifest comes later than this after its arrival waits for the next full build. */
export const LATE_MS = 3 * DAY_MS

/** Batches of made claims that fit into memory together. */
function* groups(made: readonly MadeClaims[], most: number): Generator<MadeClaims[]> {
  let group: MadeClaims[] = []
  let claims = 0
  for (const one of made) {
    if (group.length > 0 && claims + one.manifest.claims > most) {
      yield group
      group = []
      claims = 0
    }
    group.push(one)
    claims += one.manifest.claims
  }
  if (group.length > 0) yield group
}

/** What batches of claims are, in numbers, added to those before. */
export function accountFor(
  before: GraphSnapshot['accounts'],
  made: readonly MadeClaims[],
): GraphSnapshot['accounts'] {
  const { claims, refused, withdrawnSources } = structuredClone(before)
  let gone = withdrawnSources
  for (const { manifest } of made) {
    claims[manifest.maker] = (claims[manifest.maker] ?? 0) + manifest.claims
    for (const [reason, count] of Object.entries(manifest.refused))
      refused[reason] = (refused[reason] ?? 0) + count
    gone += manifest.gone
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

/** Folds batches of claims into a graph, as many at a time as fit into memory. */
export async function collectClaims(
  { lake, models }: { lake: ObjectStore; models: ObjectStore },
  before: GraphSnapshot,
  made: readonly MadeClaims[],
  fusion: Fusion,
  claimsAtOnce = CLAIMS_AT_ONCE,
): Promise<CollectedClaims> {
  const touched = new Set<string>()
  let snapshot = before
  let shards = 0
  for (const group of groups(made, claimsAtOnce)) {
    const added: Claim[] = []
    const withdrawn: Withdrawal[] = []
    for (const batch of await readEach(group, ({ name }) => readClaims(lake, name))) {
      for (const claim of batch.added) added.push(claim)
      for (const one of batch.withdrawn) withdrawn.push(one)
    }
    const applied = await applyChange(models, snapshot, { added, withdrawn }, fusion)
    snapshot = applied.snapshot
    shards += applied.shards
    for (const subject of applied.touched) touched.add(subject)
  }
  return { snapshot, touched, shards }
}
