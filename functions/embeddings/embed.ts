import { committedThrough } from '../closing/committed-closing.ts'
import { spaceRunSchema } from '../contract/embedding-run.ts'
import { spaceRunKey } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import type { SpaceFigures } from '../contract/space-comparison.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import {
  acceptedOf,
  beginGeneration,
  hasMeaning,
  isDue,
  loadGenerations,
  nameGeneration,
  type ReleasedGenerations,
  settleGeneration,
} from '../registry/generations.ts'
import { buildGeneration } from './build-generation.ts'
import { chooseKnowledge } from './choose-knowledge.ts'
import { embeddingsOf, meaningOf, spaceList } from './generations.ts'
import type { Graph } from './graph/graph.ts'
import { type ReadTimes, readWorld, type World } from './read-world.ts'
import { countJudged } from './recommend/split.ts'
import type { ServedLinks } from './served-links.ts'
import { findSpace } from './served-space.ts'
import { type Both, buildGraphs, type Lessons, planLessons } from './train-spaces.ts'
import { deleteTask } from './training-job.ts'
import type { Trained, TrainingTask } from './training-task.ts'
import { writeComparison, writeGeneration } from './write-generation.ts'

export interface EmbedPorts {
  lake: ObjectStore
  models: ObjectStore
  online: TableStore
  scene: Scene
  codeDigest: string
  train(task: TrainingTask): Promise<Trained>
  /** The links of the knowledge graph that was served then. Absent: there is no such graph. */
  linksAt?(timeMs: number): Promise<ServedLinks | null>
}

export interface Embedded {
  /** Null: there is nothing to build one from. */
  generation: string | null
  result: 'accepted' | 'refused' | 'training' | 'not due' | 'empty'
  reason: string
  /** Null where nothing was judged. */
  figures: SpaceFigures | null
}

/** Without two items there is nothing to be near to. */
const MIN_ITEMS = 2

/** Settles a generation, and deletes what its job left. Throws where another build took its place (retried). */
async function settle(
  { online, models, scene }: EmbedPorts,
  generation: string,
  status: 'accepted' | 'refused',
  reason: string,
  pinned: ReadonlySet<string>,
): Promise<void> {
  await settleGeneration(online, spaceList(scene.scene), { generation, status, reason }, pinned)
  await deleteTask(models, scene.scene, generation)
}

const outcome = (
  result: Embedded['result'],
  generation: string | null,
  reason: string,
  figures: SpaceFigures | null = null,
): Embedded => ({ generation, result, reason, figures })

/** The graphs to train on: with the links of a knowledge graph, where the definition asks and they do no harm. */
async function chooseGraphs(
  { scene, linksAt }: EmbedPorts,
  world: World,
  lessons: Lessons,
  { scheduledMs }: ReadTimes,
): Promise<ReturnType<typeof chooseKnowledge> | { graphs: Both<Graph>; knowledge?: undefined }> {
  const definition = embeddingsOf(scene)
  if (!definition.graph.knowledge) return { graphs: buildGraphs(world, lessons, definition) }
  const links = (await linksAt?.(scheduledMs)) ?? null
  return chooseKnowledge({ world, lessons, links, scene: { ...scene, embeddings: definition } })
}

/** Trains, builds and judges one generation; writes it where the gate accepts it. */
async function build(
  ports: EmbedPorts,
  generation: string,
  { world, lessons }: { world: World; lessons: Lessons },
  times: ReadTimes,
  released: ReleasedGenerations,
): Promise<Embedded> {
  const { models, online, scene, codeDigest } = ports
  const { graphs, knowledge } = await chooseGraphs(ports, world, lessons, times)
  const { fromMs } = world.events
  const trained = await ports.train({ ...times, scene, generation, graphs, fromMs })
  if (trained.result === 'training') return outcome('training', generation, trained.reason)
  if (trained.result === 'failed') {
    await settle(ports, generation, 'refused', trained.reason, released.pinned)
    return outcome('refused', generation, trained.reason)
  }
  const { generations } = await loadGenerations(online, spaceList(scene.scene))
  const served = await findSpace(
    models,
    scene.scene,
    released.served ?? acceptedOf(generations)?.generation ?? null,
  )
  const { comparison, space } = buildGeneration({
    ...{ scene, generation, codeDigest, world, lessons, served },
    ...{ graphs: trained.graphs, trained: trained.vectors, knowledge },
  })
  await writeComparison(models, comparison)
  const { reason, figures } = comparison
  const isAccepted = comparison.isAccepted && space !== null
  if (isAccepted) await writeGeneration({ models, online }, scene, space, trained.graphs.all)
  const status = isAccepted ? 'accepted' : 'refused'
  await settle(ports, generation, status, reason, released.pinned)
  return outcome(status, generation, reason, figures)
}

/** What a build reads: the same as its job, where one trains. Null: nothing is closed yet. */
async function findTimes(
  { lake, models, scene }: EmbedPorts,
  stopped: string | null,
  fenceMs: number,
): Promise<ReadTimes | null> {
  const run =
    stopped === null
      ? null
      : await findJson(models, spaceRunKey(scene.scene, stopped), spaceRunSchema)
  if (run) return run
  const closedThroughMs = await committedThrough(lake, scene, fenceMs)
  return closedThroughMs === null ? null : { scheduledMs: fenceMs, closedThroughMs }
}

/**
 * Builds a generation of a scene's space if one is due: there is none of the present definition, or it is a week old. A
 * call that is stopped anywhere is continued by the next one. `nowMs` is the scheduled time. Throws QuartermasterError
 * where another build of this scene took its place (retried).
 */
export async function embedScene(
  ports: EmbedPorts,
  nowMs: number,
  released: ReleasedGenerations = { served: null, pinned: new Set() },
): Promise<Embedded> {
  const { lake, online, scene } = ports
  const meaning = meaningOf(scene)
  const { generations } = await loadGenerations(online, spaceList(scene.scene))
  // What was refused is tried again with the data of the next day.
  const standing = generations.filter(({ status }) => status !== 'refused')
  if (!isDue(standing, meaning, nowMs))
    return outcome('not due', standing[0]!.generation, 'the newest one is younger than a week')
  const stopped = generations.find(
    ({ generation, status }) => status === 'building' && hasMeaning(generation, meaning),
  )
  const fenceMs = stopped?.fenceMs ?? nowMs
  const times = await findTimes(ports, stopped?.generation ?? null, fenceMs)
  if (times === null) return outcome('empty', null, 'no hour is closed yet')
  const world = await readWorld(lake, scene, times)
  const { users, items } = world.events.interactions
  if (items.length < MIN_ITEMS || users.length === 0)
    return outcome(
      'empty',
      null,
      `${users.length} users acted on ${items.length} items, expected ${MIN_ITEMS} items or more`,
    )
  const lessons = planLessons(world.events.interactions)
  const { minUsers } = embeddingsOf(scene).gate
  const judged = countJudged(lessons.split)
  // A later day has more of them: nothing is refused.
  if (judged < minUsers)
    return outcome(
      'empty',
      null,
      `${judged} users acted on three items or more, expected ${minUsers} to judge a space by`,
    )
  const generation = stopped?.generation ?? nameGeneration(meaning, fenceMs)
  await beginGeneration(online, spaceList(scene.scene), { generation, fenceMs }, released.pinned)
  return build(ports, generation, { world, lessons }, times, released)
}
