import type { Claim } from '../contract/claims.ts'
import type { GraphSnapshot } from '../contract/graph.ts'
import type { GraphDefinition, Learned } from '../contract/graph-objects.ts'
import type { ObjectStore } from '../core/objects.ts'
import { compareTexts } from './claims/claim.ts'
import { namesIn } from './extract/documents/documents.ts'
import { foldShard } from './fold/fold-shard.ts'
import type { Fusion } from './fold/fuse.ts'
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

/** The fusion of what a generation learned. */
export const fusionOf = ({ prior, accuracies }: Learned): Fusion =>
  createFusion({ prior, accuracies: new Map(accuracies) }, RULES)

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

/**
 * How often each provider is right, from all claims that another one confirms or contradicts. Memory: those, and one
 * shard.
 */
export async function learnAccuracies(
  store: ObjectStore,
  snapshot: GraphSnapshot,
): Promise<Pick<Learned, 'prior' | 'accuracies'>> {
  const shared: Claim[] = []
  for await (const claims of eachShard(store, snapshot))
    for (const own of bySubjectAndRelation(claims))
      if (new Set(own.map(providerOf)).size > 1) for (const claim of own) shared.push(claim)
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
  const nothing = { claims: [], facts: [] }
  for (let shard = 0; shard < snapshot.facts.length; shard++) {
    const added = await readShard(store, snapshot, 'claims', shard)
    const { facts } = foldShard(nothing, { added, isWithdrawn: () => false }, fusion.fuse)
    snapshot.facts[shard] = await writeShard(store, collected, 'facts', shard, facts)
  }
  return snapshot
}
