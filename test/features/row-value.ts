import { HOUR_MS } from '../../functions/contract/time.ts'
import {
  type FoldedRow,
  parseFolded,
  parseOpenAttribute,
  type Series,
} from '../../functions/contract/values.ts'
import type { TableRow } from '../../functions/core/tables.ts'
import { decodeBlock } from '../../functions/features/block.ts'
import { hasArrived, isFolded, isInWindow, laterMark } from '../../functions/features/visibility.ts'

/** Which marks a reader looks at. Only both are right. */
export type Marks = 'both' | "the row's" | "the scene's"

/** The value of a count, as the rule says a reader computes it from a row and the scene's FOLDED row. */
export function rowValue(
  row: TableRow,
  folded: FoldedRow,
  series: Series,
  timeMs: number,
  windowHours: number,
  marks: Marks = 'both',
): number {
  const own = parseFolded(String(row['folded'] ?? ''))
  const mark = laterMark(
    marks === "the scene's" ? null : own,
    marks === "the row's" ? null : folded,
  )
  const isExcluded = (hourMs: number): boolean =>
    folded.exclusions.some(
      ({ fromMs, throughMs, sinceMs }) =>
        sinceMs <= timeMs && hourMs >= fromMs && hourMs + HOUR_MS <= throughMs,
    )
  let count = 0
  const add = (bytes: unknown, isVisible: (hourMs: number, aheadMs: number) => boolean): void => {
    const { series: found, aheadMs } = decodeBlock(
      bytes as Uint8Array,
      new Map([[series.id, series]]),
      'a block',
    )
    for (const [hourMs, state] of found.get(series.id)?.buckets ?? [])
      if (isInWindow(hourMs, timeMs, windowHours) && !isExcluded(hourMs))
        if (isVisible(hourMs, aheadMs)) count += state as number
  }
  if (row['ring']) add(row['ring'], () => true)
  for (const [name, bytes] of Object.entries(row)) {
    const drop = parseOpenAttribute(name)
    if (drop)
      add(
        bytes,
        (hourMs, aheadMs) =>
          hasArrived({ ...drop, aheadMs }, timeMs, folded.nearLineMs) &&
          !isFolded({ ...drop, hourMs }, mark),
      )
  }
  return count
}
