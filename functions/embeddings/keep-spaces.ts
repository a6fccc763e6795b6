import { SPACE_PART } from '../contract/part.ts'
import type { Scene } from '../contract/scene.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import { readsSpaces } from '../features/spaces.ts'
import { loadGenerations } from '../registry/generations.ts'
import type { Registry } from '../registry/registry.ts'
import { sampledGenerations } from '../registry/served-generations.ts'
import { type ForgottenCounts, forgetAgain } from './forget.ts'
import { spaceList } from './generations.ts'
import { retireSpaces } from './retire.ts'

export interface KeepPorts {
  models: ObjectStore
  online: TableStore
  registry: Pick<Registry, 'decisions' | 'releases'>
  scene: Scene
}

/**
 * What follows each build: deletes generations that no release and no sample needs, and takes out again who was
 * forgotten while it ran.
 */
export async function keepSpaces(
  { models, online, registry, scene }: KeepPorts,
  nowMs: number,
): Promise<{
  retired: Awaited<ReturnType<typeof retireSpaces>> | null
  forgotten: ForgottenCounts
}> {
  const name = scene.scene
  const { generations } = await loadGenerations(online, spaceList(name))
  const ports = { models, online, scene: name }
  const sampled = readsSpaces(scene)
    ? await sampledGenerations(registry, SPACE_PART, scene, nowMs)
    : new Set<string>()
  const retired = generations.length > 0 ? await retireSpaces(ports, generations, sampled) : null
  return { retired, forgotten: await forgetAgain(ports, nowMs) }
}
