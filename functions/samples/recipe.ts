import type { OutcomeDefinition, Scene } from '../contract/scene.ts'
import { digestOf } from '../core/digest.ts'
import type { StoredFeature } from '../features/cells.ts'
import type { VisibilityRule } from '../features/spans.ts'
import type { CountedKind } from '../features/timeline.ts'
import { closingMinute } from '../registry/timetable.ts'

/**
 * The parts of a scene that determine its samples. The samples stage gets the recipe and not the
 * scene, so it can read only settings that are in the digest.
 */
export interface SampleRecipe {
  objective: string
  /** The outcome of the objective, with its window, maturity and delays. */
  outcome: OutcomeDefinition
  features: readonly StoredFeature[]
  sampling: Pick<Scene['sampling'], 'negativeRate' | 'seed' | 'negatives' | 'kinds'>
  /** What decides when events are visible. */
  visibility: Omit<VisibilityRule, 'exclusions'>
}

export const recipeOf = ({
  objective,
  outcomes,
  features,
  sampling,
  nearLineSeconds,
  latenessMinutes,
  tiers,
}: Scene): SampleRecipe => ({
  objective,
  outcome: outcomes[objective]!,
  features: features.filter((feature) => feature.kind !== 'cross'),
  // The number of shards is in the digest of each set. The other fields do not change a sample.
  sampling: {
    negativeRate: sampling.negativeRate,
    seed: sampling.seed,
    ...(sampling.negatives && { negatives: sampling.negatives }),
    ...(sampling.kinds && { kinds: sampling.kinds }),
  },
  visibility: {
    nearLineSeconds,
    latenessMinutes,
    tiers: { daily: { minuteUtc: closingMinute({ tiers }) } },
  },
})

/**
 * The part of a configuration that the names of sample sets, and the choice of pinned sets, depend on.
 * A change of a gate, a budget or a model keeps all samples.
 */
export const recipeDigest = (scene: Scene): string => digestOf(recipeOf(scene))

/** The events that a recipe counts: those of its features, and those that negatives are drawn by. */
export function eventsCounted(
  { objective, sampling }: SampleRecipe,
  events: Record<CountedKind, string[]>,
): Record<CountedKind, string[]> {
  if (!sampling.negatives || events.item.includes(objective)) return events
  return { ...events, item: [...events.item, objective] }
}
