import { MINUTE_MS } from '../../contract/time.ts'
import {
  type Counts,
  hasNoCounts,
  mergeCounts,
  negateCounts,
  readCounts,
  writeCounts,
} from './counts.ts'
import type { StateKind } from './state.ts'

/** Events by minute of the epoch, for sessions. */
export const minutes: StateKind<Counts, unknown> = {
  record: ({ timeMs }) => [[Math.floor(timeMs / MINUTE_MS), 1]],
  merge: mergeCounts,
  negate: negateCounts,
  isEmpty: hasNoCounts,
  write: writeCounts,
  read: readCounts,
}
