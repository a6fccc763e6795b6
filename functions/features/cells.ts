import type { Attributes } from '../contract/events.ts'
import type { StoredFeature } from '../contract/features.ts'
import { type Columns, type EventRow, VALUE_SEPARATOR } from '../contract/rows.ts'
import type { Feature } from '../contract/scene.ts'
import type { AsOfCounts } from './as-of-counts.ts'
import type { Catalogue } from './catalogue.ts'

export interface Knowledge {
  counts: AsOfCounts
  items: Catalogue
  users: Catalogue
}

export type { StoredFeature } from '../contract/features.ts'

type Cell = string | number | null
const isStored = (feature: Feature): feature is StoredFeature => feature.kind !== 'cross'

/** The columns that a scene's features add to a sample file. */
export const featureColumns = (features: readonly Feature[]): Columns =>
  Object.fromEntries(
    features
      .filter(isStored)
      .map(({ name, kind }) => [`f_${name}`, kind === 'category' ? 'string' : 'float'] as const),
  )

/** An attribute as the cell of a category. Several values are joined. A missing value is null. */
function categoryCell(value: Attributes[string] | null | undefined): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.length > 0 ? value.join(VALUE_SEPARATOR) : null
  return String(value)
}

function categoryOf(
  source: string,
  row: EventRow,
  context: Attributes,
  knowledge: Knowledge,
): string | null {
  const [domain, name] = source.split('.') as [string, string]
  switch (domain) {
    case 'user':
      return name === 'id'
        ? row.user
        : categoryCell(knowledge.users.attributesOf(row.user, row.timeMs)?.[name])
    case 'item':
      return name === 'id'
        ? row.item
        : categoryCell(knowledge.items.attributesOf(row.item, row.timeMs)?.[name])
    case 'context':
      return categoryCell(context[name])
    case 'impression':
      return name === 'position'
        ? row.position === null
          ? null
          : String(row.position)
        : row.release
    default: {
      const time = new Date(row.timeMs)
      return String(name === 'hour-of-day' ? time.getUTCHours() : time.getUTCDay())
    }
  }
}

/** The `f_` cells of one impression, only from what was knowable strictly before it. */
export function featureCells(
  features: readonly Feature[],
  row: EventRow,
  knowledge: Knowledge,
): Record<`f_${string}`, Cell> {
  const context = row.context === null ? {} : (JSON.parse(row.context) as Attributes)
  const cells: Record<`f_${string}`, Cell> = {}
  for (const feature of features.filter(isStored)) {
    if (feature.kind === 'category') {
      cells[`f_${feature.name}`] = categoryOf(feature.of, row, context, knowledge)
      continue
    }
    if (feature.kind !== 'count' && feature.kind !== 'rate')
      throw new Error(`feature ${feature.name}: the kind ${feature.kind} is not known`)
    const id = feature.entity === 'user' ? row.user : row.item
    const count = (event: string): number =>
      knowledge.counts.count(feature.entity, id, event, row.timeMs, feature.windowHours)
    cells[`f_${feature.name}`] =
      feature.kind === 'count'
        ? count(feature.event)
        : (count(feature.outcome) + feature.priorRate * feature.priorStrength) /
          (count('impression') + feature.priorStrength)
  }
  return cells
}
