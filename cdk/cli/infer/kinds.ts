import type { ColumnFacts } from './columns.ts'
import { byEvent } from './event-kind.ts'
import { outcomeOfNames } from './event-words.ts'
import type { KindChoice, SceneOutcomes } from './kind-choice.ts'
import { byEveryRow, byLabels, byOnlyYes } from './label-kinds.ts'
import { byRating } from './rating-kind.ts'
import type { KnownOrder } from './usual-orders.ts'

export interface KindQuestion {
  /** Columns that no other part uses. */
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

/** The meaning of a row, by labels, event types, ratings or the only yes-or-no column; else an outcome. */
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
  // A file of orders has no ratings, even if it has small numbers.
  const isDeed = outcomeOfNames([fileName]) !== null
  return (
    byLabels(columns, scene) ??
    byRating(columns, scene, isHeaderless && !isDeed) ??
    event ??
    (isDeed ? null : byOnlyYes(columns, scene)) ??
    byEveryRow([fileName, ...names], rows, scene)
  )
}
