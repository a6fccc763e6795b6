import type { Claim, Fact, Withdrawal } from '../../contract/claims.ts'
import type { GraphSnapshot } from '../../contract/graph.ts'
import { InvalidInput } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { readEach } from '../../core/read-each.ts'
import { shardOf } from '../../math/hash.ts'
import { compareTexts } from '../claims/claim.ts'
import type { FoldWork } from './fold.ts'
import { foldShard } from './fold-shard.ts'
import { compareFacts, type Fuse, type Fusion } from './fuse.ts'
import { readShard, writeShard } from './shard-store.ts'
import { ascending, byShard, SourceIndex } from './source-index.ts'
import { mergeWithdrawals } from './withdrawals.ts'

/** Claims that passed `checkClaims`, and sources to take out. */
export interface GraphChange {
  added: readonly Claim[]
  withdrawn: readonly Withdrawal[]
}

export interface AppliedChange {
  /** The one before, unless something changed. */
  snapshot: GraphSnapshot
  /** Subjects whose claims changed, in code-unit order. Their online rows must be written again. */
  touched: string[]
  /** Shards of subjects that were read. */
  shards: number
  work: FoldWork
}

export function emptySnapshot(
  { scene, generation }: { scene: string; generation: string },
  shards: number,
  { name }: Fusion,
): GraphSnapshot {
  const none = () => Array.from({ length: shards }, () => null)
  return {
    ...{ scene, generation, n: 0, fusion: name },
    ...{ claims: none(), facts: none(), sources: none(), withdrawn: none() },
    ...{ drops: [], accounts: { claims: {}, refused: {}, withdrawnSources: 0 } },
  }
}

/** What happens to one shard of subjects. */
interface Step {
  shard: number
  added: readonly Claim[]
  /** Sources of added claims, and those that may leave the shard. */
  affected: ReadonlySet<string>
}

/** The steps of a change, and no more: the index says where withdrawn sources have claims. */
async function planShards(
  store: ObjectStore,
  snapshot: GraphSnapshot,
  added: readonly Claim[],
  withdrawn: readonly string[],
): Promise<Step[]> {
  const shards = snapshot.claims.length
  const leaving = new Map<number, Set<string>>()
  const bySource = byShard(withdrawn, (source) => source, shards)
  for (const shard of ascending(bySource.keys())) {
    const wanted = new Set(bySource.get(shard))
    for (const row of await readShard(store, snapshot, 'sources', shard))
      if (wanted.has(row.source))
        leaving.set(row.shard, (leaving.get(row.shard) ?? new Set()).add(row.source))
  }
  const entering = byShard(added, ({ subject }) => subject, shards)
  return ascending([...leaving.keys(), ...entering.keys()]).map((shard) => {
    const own = entering.get(shard) ?? []
    const affected = new Set([...(leaving.get(shard) ?? []), ...own.map(({ source }) => source)])
    return { shard, added: own, affected }
  })
}

/** Folds one shard and writes it. Null: nothing changed. */
async function foldStep(
  store: ObjectStore,
  before: GraphSnapshot,
  { shard, added }: Step,
  isWithdrawn: (claim: Claim) => boolean,
  fuse: Fuse,
) {
  const tables = {
    claims: await readShard(store, before, 'claims', shard),
    facts: await readShard(store, before, 'facts', shard),
  }
  const { claims, facts, touched, work } = foldShard(tables, { added, isWithdrawn }, fuse)
  if (touched.size === 0) return null
  return {
    ...{ touched, work, present: new Set(claims.map(({ source }) => source)) },
    claims: await writeShard(store, before, 'claims', shard, claims),
    facts: await writeShard(store, before, 'facts', shard, facts),
  }
}

/**
 * A graph after a change: byte for byte the one that all its claims give in any order. Reads and writes only the
 * shards of subjects and sources that the change names. A repeated change gives the same snapshot. Two
 * writers: the one that comes second applies its change to the newer snapshot. Throws InvalidInput for another
 * fusion than the snapshot's, ObjectMissing and CorruptArtifact.
 */
export async function applyChange(
  store: ObjectStore,
  before: GraphSnapshot,
  change: GraphChange,
  { name, fuse }: Fusion,
): Promise<AppliedChange> {
  if (before.fusion !== name)
    throw new InvalidInput(
      `graph ${before.generation}: its facts come from the fusion ${before.fusion}, got ${name}; a new fusion needs a new generation`,
    )
  const withdrawals = await mergeWithdrawals(store, before, change)
  const { later, isWithdrawn } = withdrawals
  const added = change.added.filter((claim) => !isWithdrawn(claim))
  const plan = await planShards(store, before, added, later)
  const snapshot: GraphSnapshot = structuredClone(before)
  await withdrawals.write(store, snapshot)
  const index = new SourceIndex()
  const touched: string[] = []
  const work = { subjects: 0, claims: 0 }
  const folded = await readEach(plan, (step) => foldStep(store, before, step, isWithdrawn, fuse), 4)
  for (const [at, result] of folded.entries()) {
    if (!result) continue
    const { shard, affected } = plan[at]!
    index.note(shard, affected, result.present)
    snapshot.claims[shard] = result.claims
    snapshot.facts[shard] = result.facts
    for (const subject of result.touched) touched.push(subject)
    work.subjects += result.work.subjects
    work.claims += result.work.claims
  }
  await index.write(store, snapshot)
  const isChanged = later.length > 0 || touched.length > 0
  if (isChanged) snapshot.n++
  return {
    snapshot: isChanged ? snapshot : before,
    ...{ touched: touched.sort(compareTexts), shards: plan.length, work },
  }
}

/**
 * All facts of some snapshots of one generation, each in canonical order. Shards that they share are read once, and their
 * facts are the same objects.
 */
export async function readFactsOf(
  store: ObjectStore,
  snapshots: readonly GraphSnapshot[],
): Promise<Fact[][]> {
  const found: Fact[][] = snapshots.map(() => [])
  const shards = snapshots[0]?.facts.length ?? 0
  for (let shard = 0; shard < shards; shard++) {
    const read = new Map<string | null, Fact[]>()
    for (const [at, snapshot] of snapshots.entries()) {
      const digest = snapshot.facts[shard]!
      const facts = read.get(digest) ?? (await readShard(store, snapshot, 'facts', shard))
      read.set(digest, facts)
      for (const fact of facts) found[at]!.push(fact)
    }
  }
  for (const facts of found) facts.sort(compareFacts)
  return found
}

/** All facts of a graph in canonical order. */
export const readFacts = async (store: ObjectStore, snapshot: GraphSnapshot): Promise<Fact[]> =>
  (await readFactsOf(store, [snapshot]))[0]!

/** The facts of some subjects, one list for each. Reads only their shards. */
export async function readSubjects(
  store: ObjectStore,
  snapshot: GraphSnapshot,
  subjects: readonly string[],
): Promise<Map<string, Fact[]>> {
  const found = new Map<string, Fact[]>(subjects.map((subject) => [subject, []]))
  const shards = ascending(subjects.map((subject) => shardOf(subject, snapshot.facts.length)))
  for (const shard of shards)
    for (const fact of await readShard(store, snapshot, 'facts', shard))
      found.get(fact.subject)?.push(fact)
  return found
}
