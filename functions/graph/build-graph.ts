import {
  graphGenerationPrefix,
  graphLearnedKey,
  graphLinksKey,
  graphManifestKey,
  graphNamesKey,
  parseGraphShardKey,
} from '../contract/claim-keys.ts'
import type { GraphSnapshot } from '../contract/graph.ts'
import type { GraphManifest, GraphPlan, GraphReport, Learned } from '../contract/graph-objects.ts'
import type { GraphAdvance } from '../contract/graph-rows.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import { QuartermasterError } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { makeClaims } from './claims/make-claims.ts'
import { accountFor, collectClaims, rememberDrops } from './collect-claims.ts'
import { catalogueClaims, knownNames, textClaims } from './extract/make-drop-claims.ts'
import { emptySnapshot, readFacts } from './fold/apply-change.ts'
import type { MergedGraph } from './fold/merge.ts'
import { judgeGraph } from './gate.ts'
import { askedRelations, type GraphBefore } from './graph-before.ts'
import { foldCollected, fusionOf, learnAccuracies, learnNames, WITHOUT_FACTS } from './learn.ts'
import { behaviourClaims, resolutionClaims } from './plan-claims.ts'
import type { GraphPorts } from './ports.ts'
import { publishExports, publishRows } from './publish.ts'
import { entitiesIn, entityNames, itemLinks, taxonomyOf } from './published.ts'
import { minMergeConfidence, readMerged } from './read-merged.ts'
import { countRelations, namedAccuracies, reportOf, writeReport } from './report.ts'
import { loadGraphState, putGraphState, readSnapshot, writeSnapshot } from './state.ts'
import type { Taxonomy } from './taxonomy/taxonomy.ts'

export interface BuiltGraph {
  isAccepted: boolean
  reason: string
  entities: number
  facts: number
  refusedClaims: number
}

interface Folded {
  snapshot: GraphSnapshot
  learned: Learned
  doubtful: GraphReport['doubtful']
}

/** Claims of the plan that are not there yet are made, then all are folded with what they teach. */
async function foldPlan(ports: GraphPorts, plan: GraphPlan): Promise<Folded> {
  const { lake, models, codeDigest, model } = ports
  const { scene, generation, definition, drops } = plan
  const store = { lake, scene, codeDigest }
  const empty = emptySnapshot({ scene, generation }, definition.graph.shards, WITHOUT_FACTS)
  const stated = await makeClaims(
    store,
    drops.map((drop) => catalogueClaims(store, drop, definition)),
  )
  const catalogue = await collectClaims(ports, empty, stated, WITHOUT_FACTS)
  const names = await learnNames(models, catalogue.snapshot, definition)
  const known = knownNames(names)
  const texts = drops.flatMap((drop) =>
    textClaims(store, drop, definition, known, { model, generation }),
  )
  const { wanted, doubtful } = await resolutionClaims(store, plan)
  const behaviour = behaviourClaims(store, plan)
  const others = await makeClaims(store, [...texts, ...behaviour, ...wanted])
  const collected = await collectClaims(ports, catalogue.snapshot, others, WITHOUT_FACTS)
  const learned = {
    names,
    ...(await learnAccuracies(models, collected.snapshot, minMergeConfidence(definition.graph))),
  }
  const folded = await foldCollected(models, collected.snapshot, fusionOf(learned))
  const snapshot: GraphSnapshot = {
    ...folded,
    drops: rememberDrops([], drops, plan.arrivedThroughMs),
    accounts: accountFor(empty.accounts, [...stated.batches, ...others.batches]),
  }
  return { snapshot, learned, doubtful }
}

async function putObject(
  models: Pick<ObjectStore, 'put'>,
  key: string,
  value: unknown,
): Promise<{ key: string; sha256: string }> {
  const json = canonicalJson(value)
  await models.put(key, json, 'application/json')
  return { key, sha256: sha256Hex(json) }
}

/** Shards that were written while claims were collected, and that the snapshot does not name. */
async function deleteSteps(
  models: Pick<ObjectStore, 'list' | 'delete'>,
  snapshot: GraphSnapshot,
): Promise<void> {
  const listed = await models.list(graphGenerationPrefix(snapshot.scene, snapshot.generation))
  const steps = listed.filter(({ key }) => {
    const name = parseGraphShardKey(key)
    return name !== null && snapshot[name.table][name.shard] !== name.digest
  })
  await readEach(steps, ({ key }) => models.delete(key))
}

/**
 * A build that was stopped has named a state. It is the same one, or that of other code: this one takes its place, and
 * rows that only that one has go before. Throws QuartermasterError where another call changes it, or has folded drops into it
 * already (retried).
 */
async function replaceState(
  { models, online }: GraphPorts,
  snapshot: GraphSnapshot,
  advance: GraphAdvance,
  { facts }: MergedGraph,
): Promise<void> {
  const { scene, generation } = snapshot
  const state = (await loadGraphState(online, scene, generation))!
  if (state.snapshot === advance.snapshot) return
  const changed = new QuartermasterError(
    `graph ${generation} of ${scene}: another call changed its state while it was built; it is not served`,
  )
  if (state.pending || state.arrivedThroughMs > advance.arrivedThroughMs) throw changed
  const old = await readFacts(models, await readSnapshot(models, state))
  const stays = new Set(entitiesIn(facts))
  const gone = entitiesIn(old).filter((id) => !stays.has(id))
  await publishRows(online, snapshot, [], 0, new Set(gone))
  if (!(await putGraphState(online, scene, generation, { ...advance, pending: null }, state)))
    throw changed
  await deleteSteps(models, snapshot)
}

/** Writes an accepted generation: its state before its rows, which it names, and its manifest last. */
async function writeGeneration(
  ports: GraphPorts,
  plan: GraphPlan,
  { snapshot, learned }: Folded,
  merged: MergedGraph,
  taxonomy: Taxonomy,
): Promise<GraphAdvance> {
  const { models, online, codeDigest } = ports
  const { scene, generation, arrivedThroughMs, closedThroughMs, definition } = plan
  const { graph } = definition
  const advance: GraphAdvance = {
    ...(await writeSnapshot(models, snapshot)),
    ...{ arrivedThroughMs, closedThroughMs },
    ...{ entities: entitiesIn(merged.facts).length, facts: merged.facts.length },
  }
  if (!(await putGraphState(online, scene, generation, { ...advance, pending: null }, null)))
    await replaceState(ports, snapshot, advance, merged)
  await publishRows(online, plan, merged.facts, graph.maxFanOut)
  await publishExports(models, snapshot, merged.facts, taxonomy)
  const files = {
    learned: await putObject(models, graphLearnedKey(scene, generation), learned),
    names: await putObject(
      models,
      graphNamesKey(scene, generation),
      entityNames(merged.facts, taxonomy),
    ),
    links: await putObject(models, graphLinksKey(scene, generation), itemLinks(merged, graph)),
  }
  const { entities, facts } = advance
  const manifest: GraphManifest = {
    ...{ scene, generation, builtMs: plan.fenceMs, closedThroughMs, codeDigest },
    ...{ fusion: snapshot.fusion, files, entities, facts },
  }
  await putObject(models, graphManifestKey(scene, generation), manifest)
  return advance
}

/**
 * Builds the generation of a plan, judges it against the one before, and writes it where it is accepted.
 * The same plan gives the same bytes; a call that is stopped anywhere is repeated. Memory: a million claims at a time,
 * those that several providers make, one shard, and all facts.
 */
export async function buildGraph(
  ports: GraphPorts,
  plan: GraphPlan,
  before: GraphBefore | null,
): Promise<BuiltGraph> {
  const { models } = ports
  const { graph } = plan.definition
  const folded = await foldPlan(ports, plan)
  const fusion = fusionOf(folded.learned)
  const [merged] = (await readMerged(models, [folded.snapshot], graph, fusion)) as [MergedGraph]
  const taxonomy = taxonomyOf(merged.facts)
  const gate = ports.scene.graph?.gate ?? graph.gate
  const { isAccepted, reason } = judgeGraph(
    countRelations(merged.facts),
    before && askedRelations(before, graph),
    gate,
  )
  const base = {
    ...{ scene: plan.scene, generation: plan.generation, builtMs: plan.fenceMs },
    ...{ isAccepted, reason, gate, doubtful: folded.doubtful, before: before?.relations ?? null },
    accuracies: namedAccuracies(folded.learned),
  }
  const report = reportOf(base, folded.snapshot, merged, taxonomy)
  const published = await loadGraphState(ports.online, plan.scene, plan.generation)
  if (isAccepted && published === null) await deleteSteps(models, folded.snapshot)
  if (isAccepted) await writeGeneration(ports, plan, folded, merged, taxonomy)
  await writeReport(models, report)
  const refusedClaims = Object.values(report.refused).reduce((sum, count) => sum + count, 0)
  return {
    ...{ isAccepted, reason, refusedClaims, facts: merged.facts.length },
    entities: entitiesIn(merged.facts).length,
  }
}
