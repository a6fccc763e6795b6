import type { OutcomeDefinition, Scene } from '../contract/scene.ts'
import { digestOf } from '../core/digest.ts'
import type { StoredFeature } from '../features/cells.ts'

/**
 * The parts of a scene that samples are made by. The stage that makes them is given this and no
 * scene, so that it can read nothing that is not in its digest.
 */
export interface SampleRecipe {
  objective: string
  /** The objective's own: its window, its maturity and its delays. */
  outcome: OutcomeDefinition
  features: readonly StoredFeature[]
  sampling: Pick<Scene['sampling'], 'negativeRate' | 'seed' | 'negatives'>
}

export const recipeOf = ({ objective, outcomes, features, sampling }: Scene): SampleRecipe => ({
  objective,
  outcome: outcomes[objective]!,
  features: features.filter((feature) => feature.kind !== 'cross'),
  // How many shards there are stands in a set's digest by itself, and the rest of it in no sample.
  sampling: {
    negativeRate: sampling.negativeRate,
    seed: sampling.seed,
    ...(sampling.negatives && { negatives: sampling.negatives }),
  },
})

/**
 * What the names of sample sets, and the choice of pinned ones, depend on of a configuration: a
 * gate, a budget or a model can be changed without a sample being made anew.
 */
export const recipeDigest = (scene: Scene): string => digestOf(recipeOf(scene))
