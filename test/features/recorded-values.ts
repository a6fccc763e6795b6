import type { Feature } from '../../functions/contract/features.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { recordEvents, recordedEvent } from '../../functions/features/record.ts'
import { seriesOf } from '../../functions/features/series.ts'
import type { Catalogues } from '../../functions/features/sources.ts'
import { stateKindOf } from '../../functions/features/states/states.ts'
import type { Values } from '../../functions/features/values.ts'
import { isInWindow } from '../../functions/features/visibility.ts'

/** A catalogue in which every statement was knowable at the epoch. */
export const catalogueOf = (attributes: Record<string, object>) =>
  indexCatalogue(
    Object.entries(attributes).map(([id, own], row) => ({
      ...{ id, knowableMs: 0, title: null, text: null, drop: 'd', row },
      attributes: JSON.stringify(own),
    })),
  )

/** Values in which all given events are visible. */
export function valuesOfEvents(
  features: readonly Feature[],
  events: readonly EventRow[],
  catalogues: Catalogues,
): Values {
  const blocks = recordEvents(
    seriesOf(features),
    events.map((row) => recordedEvent(row, catalogues)),
  )
  const bucketsOf: Values['bucketsOf'] = (series, id, timeMs, windowHours) =>
    [...(blocks.get(series.entity)?.get(id)?.series.get(series.id)?.buckets ?? [])]
      .filter(([hourMs]) => isInWindow(hourMs, timeMs, windowHours))
      .sort(([a], [b]) => a - b)
  return {
    ...catalogues,
    bucketsOf,
    stateOf(series, ...window) {
      const states = [...bucketsOf(series, ...window)].map(([, state]) => state)
      return states.length === 0
        ? null
        : states.reduce((a, b) => stateKindOf(series).merge(a, b, series.parameters))
    },
  }
}
