import { isDeepStrictEqual } from 'node:util'
import type { Generation } from '../contract/generations.ts'
import { DAY_MS } from '../contract/time.ts'
import {
  beginGeneration,
  hasMeaning,
  isDue,
  loadGenerations,
  nameGeneration,
  type ReleasedGenerations,
  settleGeneration,
} from '../registry/generations.ts'
import { buildGraph } from './build-graph.ts'
import { definitionOf, graphList, meaningOf } from './definition.ts'
import { boundedModel } from './extract/language-model/bounded-model.ts'
import { foldKept } from './fold-kept.ts'
import type { FoldedDrops } from './fold-new.ts'
import { findGraphBefore } from './graph-before.ts'
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

/** A refused graph is built again a day later, with what has arrived by then; at once where the scene's gate changed. */
const RETRY_MS = DAY_MS
/** A stopped build goes on for as long. Then a new one begins: it may have stopped at what it was planned with. */
const CONTINUE_MS = DAY_MS

async function whyNotDue(
  { models, scene }: GraphPorts,
  generations: readonly Generation[],
  meaning: unknown,
  nowMs: number,
): Promise<string | null> {
  const [newest] = generations
  if (
    newest?.status === 'refused' &&
    hasMeaning(newest.generation, meaning) &&
    nowMs - newest.fenceMs < RETRY_MS
  ) {
    const report = await findReport(models, scene.scene, newest.generation)
    if (isDeepStrictEqual(report?.gate, scene.graph?.gate))
      return 'the newest one was refused less than a day ago'
  }
  const standing = generations.filter(({ status }) => status !== 'refused')
  return isDue(standing, meaning, nowMs) ? null : 'the newest one is younger than a week'
}

interface NextBuild {
  generation: string
  fenceMs: number
  /** What is said of a build that it takes the place of; empty: of none. */
  note: string
}

/** The build that a call goes on with, or a new one. */
function nextBuild(generations: readonly Generation[], meaning: unknown, nowMs: number): NextBuild {
  const stopped = generations.find(
    ({ generation, status }) => status === 'building' && hasMeaning(generation, meaning),
  )
  if (stopped && nowMs - stopped.fenceMs < CONTINUE_MS) return { ...stopped, note: '' }
  const began = stopped && new Date(stopped.fenceMs).toISOString()
  return {
    ...{ generation: nameGeneration(meaning, nowMs), fenceMs: nowMs },
    note: began ? `; the build of ${began} did not end within a day and was given up` : '',
  }
}

/** The language model has a bound for the whole call. */
const boundModel = ({ model, ...ports }: GraphPorts): GraphPorts => {
  const definition = ports.scene.graph?.languageModel
  return { ...ports, model: model && definition ? boundedModel(model, definition) : model }
}

/** Builds the generation that is due, and settles it. Null: there is nothing to build of. */
async function buildNext(
  ports: GraphPorts,
  generations: readonly Generation[],
  nowMs: number,
  released: ReleasedGenerations,
) {
  const { models, online, scene } = ports
  const list = graphList(scene.scene)
  const meaning = meaningOf(definitionOf(scene))
  const { note, ...next } = nextBuild(generations, meaning, nowMs)
  const plan = await planGraph(ports, next.generation, next.fenceMs)
  if (plan.drops.length === 0 && plan.closedThroughMs === null) return null
  await beginGeneration(online, list, next, released.pinned, note)
  const before = await findGraphBefore(models, scene.scene, generations, released.served)
  const built = await buildGraph(ports, plan, before)
  const { generation } = next
  const reason = `${built.reason}${note}`
  const status = built.isAccepted ? 'accepted' : 'refused'
  await settleGeneration(online, list, { generation, status, reason }, released.pinned)
  return { ...built, reason, generation }
}

/**
 * Folds what arrived since the last call into a scene's graphs, and builds a generation if one is due: there is none of
 * the present definition, or it is a week old. A call that is stopped anywhere is continued by the next one. `nowMs` is
 * the scheduled time. Throws QuartermasterError where another build of this scene took its place (retried), and at the
 * end ObjectMissing or CorruptArtifact where the newest accepted graph cannot be read and no build replaced it.
 */
export async function foldGraph(
  givenPorts: GraphPorts,
  nowMs: number,
  released: ReleasedGenerations = { served: null, pinned: new Set() },
): Promise<FoldedGraph> {
  const ports = boundModel(givenPorts)
  const { online, scene } = ports
  const meaning = meaningOf(definitionOf(scene))
  const { generations } = await loadGenerations(online, graphList(scene.scene))
  const { folded, fault } = await foldKept(ports, generations, nowMs, released.pinned)
  const newest = folded.find(({ result }) => result !== 'unreadable')
  const unbuilt = { folded, facts: newest?.facts ?? 0, refusedClaims: newest?.refusedClaims ?? 0 }
  const notDue = await whyNotDue(ports, generations, meaning, nowMs)
  const built = notDue === null ? await buildNext(ports, generations, nowMs, released) : null
  if (fault && !built?.isAccepted) throw fault
  if (built) {
    const { generation, isAccepted, reason, refusedClaims } = built
    const facts = isAccepted ? built.facts : unbuilt.facts
    const result = isAccepted ? 'accepted' : 'refused'
    return { generation, result, reason, folded, refusedClaims, facts }
  }
  if (notDue === null)
    return {
      ...{ ...unbuilt, generation: null, result: 'empty' },
      reason: 'no statement has arrived, and no hour is closed yet',
    }
  const generation = generations[0]?.generation ?? null
  return { ...unbuilt, generation, result: 'not due', reason: notDue }
}
