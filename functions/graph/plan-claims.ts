import type { GraphPlan } from '../contract/graph-objects.ts'
import { DAY_MS } from '../contract/time.ts'
import type { ClaimStore, WantedClaims } from './claims/make-claims.ts'
import { BEHAVIOUR_EXTRACTOR } from './extract/behaviour/behaviour.ts'
import { behaviourBatch } from './extract/behaviour/behaviour-batch.ts'
import { RESOLUTION_EXTRACTOR } from './resolution/merge-claims.ts'
import { type ResolvedItems, resolveItems } from './resolution/resolve-items.ts'

/** The claims of the behaviour before the plan's closing. None where nothing is closed, or no outcome counts. */
export function behaviourClaims(
  store: ClaimStore,
  { closedThroughMs, verdicts, definition }: GraphPlan,
): WantedClaims[] {
  const { behaviour } = definition.graph
  if (closedThroughMs === null || behaviour.views.length + behaviour.purchases.length === 0)
    return []
  const window = {
    scene: store.scene,
    fromMs: Math.max(0, closedThroughMs - behaviour.lookbackDays * DAY_MS),
    throughMs: closedThroughMs,
  }
  const wanted: WantedClaims = {
    ...{ maker: 'behaviour', madeMs: closedThroughMs },
    inputs: {
      ...{ read: [window, verdicts?.digest ?? null], extractor: BEHAVIOUR_EXTRACTOR },
      configuration: behaviour,
    },
    make: () => behaviourBatch(store.lake, window, verdicts, behaviour),
  }
  return [wanted]
}

/** The merges of the plan's items, and those in doubt. None where the scene has no resolution. */
export async function resolutionClaims(
  store: ClaimStore,
  { fenceMs, definition, drops }: GraphPlan,
): Promise<{ wanted: WantedClaims[]; doubtful: ResolvedItems['doubtful'] }> {
  const { resolution, catalogue, provider } = definition.graph
  if (!resolution) return { wanted: [], doubtful: [] }
  // The report needs the doubtful pairs, so a repeat resolves again.
  const { batch, doubtful } = await resolveItems(store.lake, store.scene, {
    ...{ drops, definition, madeMs: fenceMs },
  })
  const wanted: WantedClaims = {
    ...{ maker: 'resolution', madeMs: fenceMs },
    inputs: {
      read: drops.map(({ arrivalMs, drop }) => [arrivalMs, drop]),
      extractor: RESOLUTION_EXTRACTOR,
      configuration: {
        ...{ resolution, provider: provider ?? null, goneIf: definition.goneIf },
        attributes: Object.keys(catalogue),
      },
    },
    make: async () => batch,
  }
  return { wanted: [wanted], doubtful }
}
