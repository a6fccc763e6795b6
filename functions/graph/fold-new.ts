import type { GraphSnapshot } from '../contract/graph.ts'
import type { GraphPlan } from '../contract/graph-objects.ts'
import type { GraphAdvance, GraphState } from '../contract/graph-rows.ts'
import { openDropName } from '../contract/keys.ts'
import { makeClaims } from './claims/make-claims.ts'
import { accountFor, collectClaims, LATE_MS, rememberDrops } from './collect-claims.ts'
import { catalogueClaims, knownNames, textClaims } from './extract/make-drop-claims.ts'
import { fusionOf, loadLearned } from './learn.ts'
import { loadPlan } from './plan.ts'
import type { GraphPorts } from './ports.ts'
import { publishPending } from './publish-pending.ts'
import { readDrops } from './read-drops.ts'
import { loadGraphState, putGraphState, readSnapshot, writeSnapshot } from './state.ts'

export interface FoldedDrops {
  generation: string
  /** `overtaken`: another call came first, and nothing is lost. `old code`: its facts come from another fusion. */
  result: 'folded' | 'unchanged' | 'overtaken' | 'old code' | 'unreadable'
  drops: number
  /** Shards of subjects that were read. */
  shards: number
  /** Subjects whose claims changed, and rows that were written for it. */
  touched: number
  rows: number
  facts: number
  refusedClaims: number
  /** Why it is unreadable. */
  fault?: string
}

export const outcome = (
  generation: string,
  result: FoldedDrops['result'],
  state: Pick<GraphState, 'facts'>,
  change: Partial<FoldedDrops> = {},
): FoldedDrops => ({
  ...{ generation, result, facts: state.facts },
  ...{ drops: 0, shards: 0, touched: 0, rows: 0, refusedClaims: 0, ...change },
})

/** Makes the claims of some drops, by what the generation was built with. */
async function makeNewClaims(
  { lake, models, codeDigest, model }: GraphPorts,
  plan: GraphPlan,
  drops: GraphPlan['drops'],
) {
  const { scene, generation, definition } = plan
  const learned = await loadLearned(models, plan)
  const known = knownNames(learned.names)
  const store = { lake, scene, codeDigest }
  const stated = drops.map((drop) => catalogueClaims(store, drop, definition))
  const texts = drops.flatMap((drop) =>
    textClaims(store, drop, definition, known, { model, generation }),
  )
  const made = await makeClaims(store, [...stated, ...texts])
  return { made, fusion: fusionOf(learned) }
}

/**
 * Folds the drops that arrived since the last call into one generation, and writes the rows of the entities that they
 * touch: byte for byte what a fold of all its claims gives. Names and accuracies stay those that it was built with. What
 * an earlier call left is finished first. Two calls at once: one of them wins.
 */
export async function foldNew(
  ports: GraphPorts,
  generation: string,
  arrivedThroughMs: number,
): Promise<FoldedDrops | null> {
  const { lake, models, online, scene } = ports
  const plan = await loadPlan(models, scene.scene, generation)
  let state = await loadGraphState(online, scene.scene, generation)
  if (!state) return null
  if (state.pending) {
    await publishPending(ports, plan, { ...state, pending: state.pending })
    state = (await loadGraphState(online, scene.scene, generation))!
    if (state.pending) return outcome(generation, 'overtaken', state)
  }
  if (arrivedThroughMs <= state.arrivedThroughMs) return outcome(generation, 'unchanged', state)
  const before = await readSnapshot(models, state)
  const known = new Set(before.drops)
  const fromMs = Math.max(0, state.arrivedThroughMs - LATE_MS)
  const listed = await readDrops(lake, scene.scene, fromMs, arrivedThroughMs)
  const drops = listed.filter((drop) => !known.has(openDropName(drop)))
  if (drops.length === 0) {
    const { n: _n, ...same } = state
    await putGraphState(online, scene.scene, generation, { ...same, arrivedThroughMs }, state)
    return outcome(generation, 'unchanged', state)
  }
  const { made, fusion } = await makeNewClaims(ports, plan, drops)
  if (fusion.name !== before.fusion) return outcome(generation, 'old code', state)
  const collected = await collectClaims(ports, before, made, fusion)
  const snapshot: GraphSnapshot = {
    ...collected.snapshot,
    drops: rememberDrops(before.drops, drops, arrivedThroughMs),
    accounts: accountFor(before.accounts, made.batches),
  }
  const pending: GraphAdvance = {
    ...(await writeSnapshot(models, snapshot)),
    // The counts are those of the rows, and follow with them.
    ...{ arrivedThroughMs, closedThroughMs: state.closedThroughMs },
    ...{ entities: state.entities, facts: state.facts },
  }
  const refusedClaims = made.batches.reduce(
    (sum, { refused }) => sum + Object.values(refused).reduce((a, b) => a + b, 0),
    0,
  )
  const change = {
    ...{ drops: drops.length, shards: collected.shards, touched: collected.touched.size },
    refusedClaims,
  }
  if (!(await putGraphState(online, scene.scene, generation, { ...state, pending }, state)))
    return outcome(generation, 'overtaken', state, change)
  const published = await publishPending(ports, plan, { ...state, n: state.n + 1, pending })
  return outcome(generation, 'folded', published.state, { ...change, rows: published.rows })
}
