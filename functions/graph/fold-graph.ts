import type { Generation } from '../contract/generations.ts'
import { DAY_MS } from '../contract/time.ts'
import { QuartermasterError } from '../core/errors.ts'
import {
  acceptedOf,
  changeGenerations,
  hasMeaning,
  isDue,
  loadGenerations,
  nameGeneration,
  type ReleasedGenerations,
} from '../registry/generations.ts'
import { arrivedThrough } from '../registry/timetable.ts'
import { buildGraph } from './build-graph.ts'
import { definitionOf, graphList, meaningOf } from './definition.ts'
import { type FoldedDrops, foldNew } from './fold-new.ts'
import { planGraph } from './plan.ts'
import type { GraphPorts } from './ports.ts'
import { findReport } from './report.ts'

export interface FoldedGraph {
  /** Of the build; null where there was nothing to build of. */
  generation: string | null
  result: 'accepted' | 'refused' | 'not due' | 'empty'
  reason: string
  /** Of the newest accepted graph. */
  facts: number
  refusedClaims: number
  /** Generations that were written on, the newest first. */
  folded: FoldedDrops[]
}

/** Begins a generation, or continues the one of the same meaning that a stopped build left. */
async function begin(
  { online, scene }: GraphPorts,
  next: Pick<Generation, 'generation' | 'fenceMs'>,
  pinned: ReadonlySet<string>,
): Promise<void> {
  await changeGenerations(
    online,
    graphList(scene.scene),
    (generations) =>
      generations.some(({ generation }) => generation === next.generation)
        ? generations
        : [
            { ...next, status: 'building', reason: 'it is being built' },
            ...generations.filter(({ status }) => status !== 'building'),
          ],
    pinned,
  )
}

/** Settles a generation. Throws where another build took its place (retried). */
async function settle(
  { online, scene }: GraphPorts,
  generation: string,
  { isAccepted, reason }: { isAccepted: boolean; reason: string },
  pinned: ReadonlySet<string>,
): Promise<void> {
  const status = isAccepted ? 'accepted' : 'refused'
  const kept = await changeGenerations(
    online,
    graphList(scene.scene),
    (generations) =>
      generations.map((one) => (one.generation === generation ? { ...one, status, reason } : one)),
    pinned,
  )
  if (!kept.some((one) => one.generation === generation))
    throw new QuartermasterError(
      `graph ${generation} of ${scene.scene}: another build took its place; it is not served`,
    )
}

/** Folds new drops into every accepted generation that is kept, so that a rollback finds them all up to date. */
async function foldKept(
  ports: GraphPorts,
  generations: readonly Generation[],
  nowMs: number,
): Promise<FoldedDrops[]> {
  const folded: FoldedDrops[] = []
  for (const { generation, status } of generations) {
    if (status !== 'accepted') continue
    const one = await foldNew(ports, generation, arrivedThrough(nowMs))
    if (one) folded.push(one)
  }
  return folded
}

/** A refused graph is built again a day later, with what has arrived by then. */
const RETRY_MS = DAY_MS

function whyNotDue(
  generations: readonly Generation[],
  meaning: unknown,
  nowMs: number,
): string | null {
  const [newest] = generations
  if (
    newest?.status === 'refused' &&
    hasMeaning(newest.generation, meaning) &&
    nowMs - newest.fenceMs < RETRY_MS
  )
    return 'the newest one was refused less than a day ago'
  const standing = generations.filter(({ status }) => status !== 'refused')
  return isDue(standing, meaning, nowMs) ? null : 'the newest one is younger than a week'
}

/**
 * Folds what arrived since the last call into a scene's graphs, and builds a generation if one is due: there is none of
 * the present definition, or it is a week old. A call that is stopped anywhere is continued by the next one. `nowMs` is
 * the scheduled time. Throws QuartermasterError where another build of this scene took its place (retried).
 */
export async function foldGraph(
  ports: GraphPorts,
  nowMs: number,
  released: ReleasedGenerations = { served: null, pinned: new Set() },
): Promise<FoldedGraph> {
  const { models, online, scene } = ports
  const meaning = meaningOf(definitionOf(scene))
  const { generations } = await loadGenerations(online, graphList(scene.scene))
  const folded = await foldKept(ports, generations, nowMs)
  const refusedSoFar = folded[0]?.refusedClaims ?? 0
  const unbuilt = (result: 'not due' | 'empty', reason: string): FoldedGraph => ({
    ...{ generation: result === 'empty' ? null : (generations[0]?.generation ?? null), result },
    ...{ reason, folded, facts: folded[0]?.facts ?? 0, refusedClaims: refusedSoFar },
  })
  const notDue = whyNotDue(generations, meaning, nowMs)
  if (notDue !== null) return unbuilt('not due', notDue)
  const stopped = generations.find(
    ({ generation, status }) => status === 'building' && hasMeaning(generation, meaning),
  )
  const fenceMs = stopped?.fenceMs ?? nowMs
  const generation = stopped?.generation ?? nameGeneration(meaning, fenceMs)
  const plan = await planGraph(ports, generation, fenceMs)
  if (plan.drops.length === 0 && plan.closedThroughMs === null)
    return unbuilt('empty', 'no statement has arrived, and no hour is closed yet')
  await begin(ports, { generation, fenceMs }, released.pinned)
  const served = released.served ?? acceptedOf(generations)?.generation ?? null
  const before = served === null ? null : await findReport(models, scene.scene, served)
  const built = await buildGraph(ports, plan, before)
  await settle(ports, generation, built, released.pinned)
  const { isAccepted, reason, facts, refusedClaims } = built
  const result = isAccepted ? 'accepted' : 'refused'
  return {
    ...{ generation, result, reason, folded, refusedClaims },
    facts: isAccepted ? facts : (folded[0]?.facts ?? 0),
  }
}
