import { embeddingsPk, forgottenSk } from '../contract/embedding-rows.ts'
import {
  parseSpaceKey,
  sceneModelsPrefix,
  sceneSpaceTrainingPrefix,
  sceneSpaceUsersPrefix,
  trainerDataPrefix,
} from '../contract/keys.ts'
import { parseJobOutputKey } from '../contract/model-keys.ts'
import { DAY_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { removeFromTable, restartRetiring } from '../embeddings/forget.ts'
import { spaceList } from '../embeddings/generations.ts'
import { loadGenerations } from '../registry/generations.ts'
import { findIn } from './find.ts'
import { hasHash } from './person.ts'
import { objectsOf, unitOf } from './rewrite-objects.ts'
import type { Change, Job, Step } from './step.ts'

const deletion = (store: ObjectStore, key: string): Change => ({
  ...{ rows: 0, rewritten: 0, deleted: 1 },
  apply: () => store.delete(key),
})

/** They are made of preferences each day again, so they are deleted if a preference left. */
export const deleteTrainerData: Step = {
  name: 'trainer-data',
  async *units({ lake, scene, user, removed }: Job, cursor) {
    const isStale = (removed['preferences']?.rows ?? 0) > 0
    for await (const { key, bytes } of objectsOf(lake, trainerDataPrefix(scene), cursor))
      yield unitOf(key, bytes, isStale || hasHash(bytes, user) ? deletion(lake, key) : null)
  },
}

/**
 * Archives with predictions of samples. Only `evaluate` reads them, once: those of a version that is judged are
 * deleted. Those of a version in training stay, and the scan reports them.
 */
export const deletePredictions: Step = {
  name: 'predictions',
  async *units({ models, scene, user, rows }: Job, cursor) {
    for (const { key } of await models.list(sceneModelsPrefix(scene), cursor ?? undefined)) {
      const version = parseJobOutputKey(key)?.version
      if (version === undefined) continue
      const row = await rows.version(version)
      const bytes = row?.status === 'started' ? null : await models.find(key)
      if (bytes === null) continue
      const isNamed = (await findIn(key, bytes, user)).isNamed
      yield unitOf(key, bytes, isNamed ? deletion(models, key) : null)
    }
  },
}

/** Generations whose training or placement reads what was there before. */
export async function buildingSpaces({ online, scene }: Job): Promise<ReadonlySet<string>> {
  const { generations } = await loadGenerations(online, spaceList(scene))
  const building = generations.filter(({ status }) => status === 'building')
  return new Set(building.map(({ generation }) => generation))
}

/** What a build remembers for as long as it takes, as after `forget`. */
const REMEMBERED_MS = 14 * DAY_MS

/** Vectors of the person. A space that is being trained takes the person out when it ends. */
export const rewriteSpaces: Step = {
  name: 'spaces',
  async *units(job, cursor) {
    const { models, online, scene, user, requestedMs } = job
    const building = await buildingSpaces(job)
    if (building.size > 0)
      await online.put(embeddingsPk(scene), forgottenSk(user), {
        forgottenMs: requestedMs,
        expiresAt: Math.ceil((requestedMs + REMEMBERED_MS) / 1000),
      })
    for await (const { key, bytes } of objectsOf(models, sceneSpaceUsersPrefix(scene), cursor)) {
      const apply = async (): Promise<void> => {
        await removeFromTable(models, key, new Set([user]))
        const generation = parseSpaceKey(key)?.generation
        if (generation) await restartRetiring({ online, scene }, generation)
      }
      const change = { rows: 1, rewritten: 1, deleted: 0, apply }
      yield unitOf(key, bytes, key.endsWith('.qms') && hasHash(bytes, user) ? change : null)
    }
  },
}

/** Graphs and checkpoints of trainings. Those of a space that is being trained stay, and the scan reports them. */
export const deleteSpaceTraining: Step = {
  name: 'space-training',
  async *units(job, cursor) {
    const { models, scene, user } = job
    const building = await buildingSpaces(job)
    for await (const { key, bytes } of objectsOf(models, sceneSpaceTrainingPrefix(scene), cursor)) {
      const isNeeded = building.has(parseSpaceKey(key)?.generation ?? '')
      const isNamed = !isNeeded && (await findIn(key, bytes, user)).isNamed
      yield unitOf(key, bytes, isNamed ? deletion(models, key) : null)
    }
  },
}
