import type { CounterRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { codeCounts } from '../../functions/features/coded-counts.ts'
import { seriesOf } from '../../functions/features/series.ts'
import {
  countedEvents,
  createTimeline,
  type Timeline,
  type TimelineInputs,
} from '../../functions/features/timeline.ts'
import { eventsCounted, recipeOf } from '../../functions/samples/recipe.ts'

/** The values of a scene. Each hour of the counters was closed on time; there are no open drops. */
export function makeTimeline(
  scene: Scene,
  counters: readonly CounterRow[] = [],
  inputs: Partial<TimelineInputs> = {},
): Timeline {
  const recipe = recipeOf(scene)
  const hours = [...Map.groupBy(counters, ({ hourMs }) => hourMs)]
  return createTimeline({
    rule: { ...recipe.visibility, exclusions: [] },
    events: eventsCounted(recipe, countedEvents(seriesOf(recipe.features))),
    closings: hours.map(([hourMs, rows]) => ({
      closedThroughMs: hourMs + HOUR_MS,
      counts: codeCounts(rows),
    })),
    drops: [],
    items: indexCatalogue([]),
    users: indexCatalogue([]),
    ...inputs,
  })
}
