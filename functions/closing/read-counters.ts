import type { CounterRow } from '../contract/rows.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readFiles } from '../core/read-rows.ts'

/** A row of version 0.2. It counts an event in the hour in which the event had happened and had arrived. */
type EarlierRow = Omit<CounterRow, 'hourMs'> & { knowableHourMs: number }

const isEarlier = (row: CounterRow | EarlierRow): row is EarlierRow => !('hourMs' in row)

/**
 * The wanted rows of counter files, file by file in the given order. Rows of version 0.2 keep their
 * hour: of their event hours nothing is left.
 */
export async function* readCounters(
  store: ObjectStore,
  keys: readonly string[],
  isWanted: (row: Pick<CounterRow, 'kind' | 'id' | 'event'>) => boolean,
): AsyncGenerator<CounterRow[]> {
  for await (const rows of readFiles<CounterRow | EarlierRow>(store, keys, { isWanted }))
    yield rows.map((row) => {
      if (!isEarlier(row)) return row
      const { knowableHourMs: hourMs, ...rest } = row
      return { ...rest, hourMs }
    })
}
