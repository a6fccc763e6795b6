import { SPACE_PART } from '../contract/part.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import { readsSpaces } from '../features/spaces.ts'
import { loadGenerations } from '../registry/generations.ts'
import type { Registry } from '../registry/registry.ts'
import { loadServedGenerations } from '../registry/served-generations.ts'
import { type ForgottenCounts, forgetAgain } from './forget.ts'
import { spaceList } from './generations.ts'
import { retireSpaces } from './retire.ts'

/** A full may be repeated this long after it was due, and reads vectors of before its window. */
const MARGIN_DAYS = 60

/** The generations that samples of the longest window were served with: they are made again when code changes. */
async function sampledGenerations(
  registry: Pick<Registry, 'decisions' | 'releases'>,
  scene: Scene,
  nowMs: number,
): Promise<ReadonlySet<string>> {
  if (!readsSpaces(scene)) return new Set()
  const fromMs = nowMs - (scene.tiers.full.lookbackDays + MARGIN_DAYS) * DAY_MS
  const served = await loadServedGenerations(registry, SPACE_PART)
  return new Set(
    served.flatMap(({ generation }, i) =>
      generation !== null && (served[i + 1]?.sinceMs ?? Number.POSITIVE_INFINITY) > fromMs
        ? [generation]
        : [],
    ),
  )
}

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
  const sampled = await sampledGenerations(registry, scene, nowMs)
  const retired = generations.length > 0 ? await retireSpaces(ports, generations, sampled) : null
  return { retired, forgotten: await forgetAgain(ports, nowMs) }
}
