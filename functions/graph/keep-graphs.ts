import { GRAPH_PART } from '../contract/part.ts'
import type { Scene } from '../contract/scene.ts'
import { loadGenerations } from '../registry/generations.ts'
import type { Registry } from '../registry/registry.ts'
import { sampledGenerations } from '../registry/served-generations.ts'
import { graphList } from './definition.ts'
import type { GraphPorts } from './ports.ts'
import { type Retired, retireGraphs } from './retire.ts'

export interface KeepPorts extends Pick<GraphPorts, 'models' | 'online'> {
  registry: Pick<Registry, 'decisions' | 'releases'>
  scene: Scene
}

/**
 * What follows each fold: deletes the graphs that no release needs. Links that a sample may follow stay, whether or not a
 * feature follows them today: they are small, and a feature that is added later reads them back to the first impression.
 */
export async function keepGraphs(
  { models, online, registry, scene }: KeepPorts,
  nowMs: number,
): Promise<Retired> {
  const { generations } = await loadGenerations(online, graphList(scene.scene))
  const sampled = await sampledGenerations(registry, GRAPH_PART, scene, nowMs)
  return retireGraphs({ models, online, scene: scene.scene }, generations, undefined, sampled)
}
