import { graphLearnedKey } from '../contract/claim-keys.ts'
import { type Claim, type Fact, RELATIONS } from '../contract/claims.ts'
import type { GraphSnapshot } from '../contract/graph.ts'
import { type GraphDefinition, type Learned, learnedSchema } from '../contract/graph-objects.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { compareTexts } from './claims/claim.ts'
import { namesIn } from './extract/documents/documents.ts'
import { EMPTY_SHARD, foldShard } from './fold/fold-shard.ts'
import { type Fusion, noisyOr } from './fold/fuse.ts'
import { joinEntities, membersOf, moveClaims } from './fold/merge.ts'
import { readShard, writeShard } from './fold/shard-store.ts'
import { createFusion } from './fusion/fuse-claims.ts'
import {
  bySubjectAndRelation,
  type FusionRules,
  learnSourceAccuracy,
} from './fusion/learn-accuracy.ts'

/** Claims are collected before it is known how much they are trusted: without facts. */
export const WITHOUT_FACTS: Fusion = { name: 'without-facts@1', fuse: () => [] }

/** Whose word a claim is: its provider's, or else its extractor's, whatever the version. */
const providerOf = ({ provider, extractor }: Claim): string =>
  provider ?? extractor.slice(0, extractor.indexOf('@'))
const RULES: FusionRules = { providerOf }

/**
 * The fusion of what a generation learned. The probability of a merge is the resolution's own, and no provider's word:
 * it stays as it is.
 */
export function fusionOf({ prior, accuracies }: Pick<Learned, 'prior' | 'accuracies'>): Fusion {
  const { name, fuse } = createFusion({ prior, accuracies: new Map(accuracies) }, RULES)
  const isMerge = ([first]: readonly Claim[]): boolean => first?.relation === RELATIONS.sameAs
  return { name, fuse: (claims) => (isMerge(claims) ? noisyOr(claims) : fuse(claims)) }
}

export const loadLearned = (
  models: ObjectStore,
  { scene, generation }: { scene: string; generation: string },
): Promise<Learned> => getJson(models, graphLearnedKey(scene, generation), learnedSchema)

async function* eachShard(store: ObjectStore, snapshot: GraphSnapshot): AsyncGenerator<Claim[]> {
  for (let shard = 0; shard < snapshot.claims.length; shard++)
    yield await readShard(store, snapshot, 'claims', shard)
}

/** The names of a graph's entities, by name and entity: what texts are read with. */
export async function learnNames(
  store: ObjectStore,
  snapshot: GraphSnapshot,
  { graph }: GraphDefinition,
): Promise<Learned['names']> {
  const pairs = new Map<string, [string, string]>()
  for await (const claims of eachShard(store, snapshot))
    for (const { name, entity } of namesIn(claims, graph.documents.kinds))
      pairs.set(JSON.stringify([name, entity]), [name, entity])
  return [...pairs.values()].sort(([a, x], [b, y]) => compareTexts(a, b) || compareTexts(x, y))
}

/** The entities that merges join: the same as in the graph that is folded next. */
async function joinCollected(store: ObjectStore, snapshot: GraphSnapshot, minConfidence: number) {
  const merges: Fact[] = []
  for await (const claims of eachShard(store, snapshot))
    for (const own of bySubjectAndRelation(claims))
      if (own[0]!.relation === RELATIONS.sameAs) merges.push(...noisyOr(own))
  return joinEntities(merges, minConfidence)
}

/**
 * How often each provider is right, from all claims that another one confirms or contradicts. What is claimed of merged
 * entities is claimed of one. Memory: those claims, and one shard.
 */
export async function learnAccuracies(
  store: ObjectStore,
  snapshot: GraphSnapshot,
  minConfidence: number,
): Promise<Pick<Learned, 'prior' | 'accuracies'>> {
  const mergedInto = await joinCollected(store, snapshot, minConfidence)
  const members = membersOf(mergedInto)
  const shared: Claim[] = []
  const ofMembers: Claim[] = []
  const share = (claims: readonly Claim[]): void => {
    for (const own of bySubjectAndRelation(claims))
      if (new Set(own.map(providerOf)).size > 1) for (const claim of own) shared.push(claim)
  }
  for await (const claims of eachShard(store, snapshot)) {
    share(claims.filter(({ subject }) => !members.has(subject)))
    for (const claim of claims) if (members.has(claim.subject)) ofMembers.push(claim)
  }
  share(moveClaims(ofMembers, mergedInto))
  const { prior, accuracies } = learnSourceAccuracy(shared, RULES)
  return { prior, accuracies: [...accuracies].sort(([a], [b]) => compareTexts(a, b)) }
}

/** The graph of collected claims under a fusion: its first snapshot with facts. */
export async function foldCollected(
  store: ObjectStore,
  collected: GraphSnapshot,
  fusion: Fusion,
): Promise<GraphSnapshot> {
  const snapshot: GraphSnapshot = { ...structuredClone(collected), n: 1, fusion: fusion.name }
  for (let shard = 0; shard < snapshot.facts.length; shard++) {
    const added = await readShard(store, snapshot, 'claims', shard)
    const { facts } = foldShard(EMPTY_SHARD, { added, isWithdrawn: () => false }, fusion.fuse)
    snapshot.facts[shard] = await writeShard(store, collected, 'facts', shard, facts)
  }
  return snapshot
}
