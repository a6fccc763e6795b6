import { unitInterval } from '../math/hash.ts'
import type { CellLog } from './scored-slate.ts'
import type { ParsedSlate } from './slate.ts'

type Cells = Record<`f_${string}`, string | number | null>

/** What one item of a slate was scored with. */
export interface ServedItem {
  cells: Cells
  /** The closing that its values had folded; null where there was none. */
  closedThroughMs: number | null
}

const withoutPrefix = (cells: Cells): Record<string, string | number | null> =>
  Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name.slice('f_'.length), cell]))

/** One line of kind `served` for each item. Undefined fields are left out. */
export const servedLines = (
  slate: ParsedSlate,
  user: string,
  release: string,
  served: readonly ServedItem[],
): string[] =>
  slate.items.map(({ item, position }, n) => {
    const { cells, closedThroughMs } = served[n]!
    const { timeMs, requestId, context } = slate
    return JSON.stringify({
      ...{ type: 'served', user, item, timeMs: Math.floor(timeMs), requestId, position, context },
      ...{ release, closedThroughMs: closedThroughMs ?? undefined, cells: withoutPrefix(cells) },
    })
  })

/** Whether the cells of a user are logged. The same users are in the log at every instant. */
export const isLogged = ({ share, seed }: CellLog, user: string): boolean =>
  unitInterval(user, seed) < share

/** Hands out the lines, in order. Never throws. */
export async function putLines(
  { put }: CellLog,
  lines: readonly string[],
  onFault: (fault: unknown) => void,
): Promise<void> {
  for (const line of lines)
    try {
      await put(line)
    } catch (fault) {
      onFault(fault)
    }
}
