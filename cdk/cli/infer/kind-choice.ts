import type { Scene } from '../../../functions/contract/scene.ts'
import type { ColumnFacts } from './columns.ts'
import type { Guess } from './guess.ts'

/** The meaning of a row: the part of the mapping that defines it, and the log's outcomes. */
export interface KindChoice {
  /** `event`, `label` or `everyRow`. */
  mapping: Record<string, unknown>
  columns: string[]
  guesses: Guess[]
  /** Outcome → rows that have it. */
  outcomes: Map<string, number>
  hasImpressions: boolean
  /** Rows that have an outcome, where each row is an impression. */
  positives: boolean[] | null
}
export type SceneOutcomes = Pick<Scene, 'objective' | 'outcomes'>

/** Rows of a column that hold one of the values. */
export const countOf = (column: ColumnFacts, values: readonly string[]): number =>
  values.reduce((sum, value) => sum + (column.counts.get(value) ?? 0), 0)
