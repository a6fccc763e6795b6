import type { StateRow } from '../contract/rows.ts'
import type { Series } from '../contract/values.ts'
import { createByteReader, createByteWriter } from '../core/bytes.ts'
import type { EntityDeltas } from './open-blocks.ts'
import { stateKindOf } from './states/states.ts'

/** The rows of `states/…`. */

/** The states of one series, in order of ids and hours. */
export function stateRows(series: Series, deltas: EntityDeltas): StateRow[] {
  const kind = stateKindOf(series)
  const rows: StateRow[] = []
  for (const { entity, id, block } of deltas.values()) {
    if (entity !== series.entity) continue
    for (const [hourMs, state] of block.series.get(series.id)?.buckets ?? []) {
      const writer = createByteWriter()
      kind.write(writer, state)
      const text = Buffer.from(writer.finish()).toString('base64')
      rows.push({ id, hourMs, state: text, aheadMs: block.aheadMs })
    }
  }
  return rows.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.hourMs - b.hourMs))
}

/**
 * The state of a row; where a correction takes it away, the state that does so. Throws CorruptArtifact
 * where the bytes are no state. `what` names the file.
 */
export function stateOf(
  series: Series,
  { state, sign }: Pick<StateRow, 'state' | 'sign'>,
  what: string,
): unknown {
  const kind = stateKindOf(series)
  const read = kind.read(createByteReader(Buffer.from(state, 'base64'), what))
  return sign === -1 ? kind.negate!(read) : read
}
