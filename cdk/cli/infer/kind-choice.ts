import type { Scene } from '../../../functions/contract/scene.ts'
import type { ColumnFacts } from './columns.ts'
import type { Guess } from './guess.ts'

/** What a row is: the part of the mapping that says so, and the outcomes that the log has. */
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
