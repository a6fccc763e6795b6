import type { GraphSnapshot } from '../contract/graph.ts'
import type { GraphPlan } from '../contract/graph-objects.ts'
import type { GraphAdvance, GraphState } from '../contract/graph-rows.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { MergedGraph } from './fold/merge.ts'
import { replacedShards } from './fold/shard-store.ts'
import { fusionOf, loadLearned } from './learn.ts'
import type { GraphPorts } from './ports.ts'
import { deleteExports, publishExports, publishRows } from './publish.ts'
import { changedEntities, entitiesIn, taxonomyOf } from './published.ts'
import { readMerged } from './read-merged.ts'
import { findReport, reportOf, writeReport } from './report.ts'
import { putGraphState, readSnapshot } from './state.ts'
import type { Taxonomy } from './taxonomy/taxonomy.ts'

export interface PublishedPending {
  rows: number
  /** The state that stands, unless another call confirmed it first. */
  state: Omit<GraphState, 'n'>
}

/** The report of a generation after a fold: what the build found stays. */
async function renewReport(
  models: ObjectStore,
  { scene, generation }: GraphPlan,
  snapshot: GraphSnapshot,
  merged: MergedGraph,
  taxonomy: Taxonomy,
): Promise<void> {
  const last = await findReport(models, scene, generation)
  if (!last) return
  const relations = Object.entries(last.relations).flatMap(([name, { before }]) =>
    before === null ? [] : [[name, { facts: before, before: null }] as const],
  )
  const before = relations.length > 0 ? Object.fromEntries(relations) : null
  await writeReport(models, reportOf({ ...last, before }, snapshot, merged, taxonomy))
}

/** Writes what readers see of a snapshot: rows of entities that differ from the one before, exports and the report. */
async function publishChange(
  { models, online }: GraphPorts,
  plan: GraphPlan,
  [before, after]: readonly [GraphSnapshot, GraphSnapshot],
) {
  const { graph } = plan.definition
  const learned = await loadLearned(models, plan)
  const read = await readMerged(models, [before, after], graph, fusionOf(learned))
  const [old, merged] = read as [MergedGraph, MergedGraph]
  const changed = changedEntities(old.facts, merged.facts)
  const taxonomy = taxonomyOf(merged.facts)
  const rows = await publishRows(online, plan, merged.facts, graph.maxFanOut, changed)
  await publishExports(models, after, merged.facts, taxonomy)
  await renewReport(models, plan, after, merged, taxonomy)
  const counts = { entities: entitiesIn(merged.facts).length, facts: merged.facts.length }
  return { rows, counts }
}

/**
 * Publishes the pending snapshot of a generation, and confirms it. All that it writes follows from the two snapshots,
 * so a call that was stopped is finished by any other. Reads all facts of the graph once, and those of changed shards
 * twice.
 */
export async function publishPending(
  ports: GraphPorts,
  plan: GraphPlan,
  state: GraphState & { pending: GraphAdvance },
): Promise<PublishedPending> {
  const { models, online } = ports
  const { scene, generation } = plan
  const { n: _n, pending, ...current } = state
  const before = await readSnapshot(models, current)
  const after = await readSnapshot(models, pending)
  if (after.n === before.n) {
    const next = { ...pending, pending: null }
    await putGraphState(online, scene, generation, next, state)
    return { rows: 0, state: next }
  }
  const { rows, counts } = await publishChange(ports, plan, [before, after])
  const next = { ...pending, ...counts, pending: null }
  if (await putGraphState(online, scene, generation, next, state)) {
    await deleteExports(models, plan, new Set([before.n, after.n]))
    // A call that still reads the snapshot before fails, and is repeated.
    await readEach(replacedShards(before, after), (key) => models.delete(key))
  }
  return { rows, state: next }
}
