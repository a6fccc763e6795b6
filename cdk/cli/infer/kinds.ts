import type { ColumnFacts } from './columns.ts'
import { byEvent } from './event-kind.ts'
import { outcomeOfNames } from './event-words.ts'
import type { KindChoice, SceneOutcomes } from './kind-choice.ts'
import { byEveryRow, byLabels, byOnlyYes } from './label-kinds.ts'
import { byRating } from './rating-kind.ts'
import type { KnownOrder } from './usual-orders.ts'

export interface KindQuestion {
  /** Columns that no other part has. */
  columns: readonly ColumnFacts[]
  item: ColumnFacts | undefined
  scene: SceneOutcomes
  isHeaderless: boolean
  known: KnownOrder | null
  fileName: string
  /** Of all columns. */
  names: readonly string[]
  rows: number
}

/** What a row is: by labels, by a column of event types, by stars, by the only yes or no; else a deed. */
export function chooseKind({
  columns,
  item,
  scene,
  isHeaderless,
  known,
  fileName,
  names,
  rows,
}: KindQuestion): KindChoice {
  const event = byEvent(columns, scene, item, known)
  if (event !== null && (event.outcomes.size > 0 || known)) return event
  // A file of orders is no file of ratings, whatever small numbers stand in it.
  const isDeed = outcomeOfNames([fileName]) !== null
  return (
    byLabels(columns, scene) ??
    byRating(columns, scene, isHeaderless && !isDeed) ??
    event ??
    (isDeed ? null : byOnlyYes(columns, scene)) ??
    byEveryRow([fileName, ...names], rows, scene)
  )
}
